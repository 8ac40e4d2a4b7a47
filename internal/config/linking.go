package config

import (
	"cmp"
	"net/url"
	"path"
	"strings"
	"time"
)

// AccountLinking configures the account-linking proxy between Amazon and an OAuth server. It shows why account linking
// fails. It is off while both URLs are empty.
type AccountLinking struct {
	// Path is the base path of the account-linking proxy. Enter the addresses of PATH/authorize and PATH/token in
	// Amazon's console. It must not be equal to a skill's path, nor above or below one. Default "/link".
	Path string `yaml:"path" default:"/link"`

	// AuthorizationURL is the OAuth server's authorization endpoint (RFC 6749, section 3.1), an https:// address.
	// Default: empty, off.
	AuthorizationURL string `yaml:"authorization_url"`

	// TokenURL is the OAuth server's token endpoint (RFC 6749, section 3.2), an https:// address. Default: empty, off.
	TokenURL string `yaml:"token_url"`

	// Authorize selects how the browser reaches the OAuth server. With "proxy" the service forwards all pages of the
	// sign-in. With "redirect" it sends the browser to the OAuth server and sees no later page. Default: empty, which
	// is proxy. If a page works only at its own address, the service uses redirect for an hour, and then tries proxy
	// again.
	Authorize string `yaml:"authorize"`

	// AllowPaths lists prefixes of paths at the host of authorization_url, for example "/login". If it is set, a browser
	// gets only the authorization endpoint and the paths below these prefixes. Include the paths of styles, scripts and
	// images. The log names each path that is refused. Default: empty, all paths.
	AllowPaths []string `yaml:"allow_paths"`

	// KeyFile is a file with a secret of at least 32 characters. It seals the cookies of the sign-ins that the service
	// forwards. Set it if several processes serve one address, to the same secret in all of them: then a sign-in may reach
	// any of them, and a missing request is not a fault. Required in Kubernetes unless authorize is redirect. Default:
	// empty, a new secret at each start.
	KeyFile string `yaml:"key_file"`

	// ClientID is the client that the OAuth server has for Alexa. If it is set, "skill deploy" sets the skill's account linking
	// at Amazon: the two addresses below Path, and this client. It requires AuthorizationURL, and one skill only. Default:
	// empty, account linking at Amazon stays as it is.
	ClientID string `yaml:"client_id"`

	// ClientSecretFile is the file with the secret of this client. Required with ClientID. Only the user of "skill deploy" must
	// be able to read it.
	ClientSecretFile string `yaml:"client_secret_file"`

	// ClientAuthentication selects how Amazon sends the client id and the secret to the OAuth server: "basic" in a header, or
	// "body" in the request. Default "basic".
	ClientAuthentication string `yaml:"client_authentication" default:"basic"`

	// Scopes are the scopes that Alexa asks the OAuth server for, at most 15. Default: none.
	Scopes []string `yaml:"scopes"`

	// Record selects how passwords, codes, tokens and other secrets are stored: "redacted" stores short keyed hashes,
	// so that equal values are recognizable; "full" stores the secrets. Default "redacted".
	Record string `yaml:"record" default:"redacted"`

	// RecordFor is how long full recording lasts, at most "168h". After that, recording is redacted. The time begins
	// with the first start with this setting. A restart does not extend it. Default "24h".
	RecordFor string `yaml:"record_for" default:"24h"`
}

// Enabled reports whether the account-linking proxy is on.
func (a AccountLinking) Enabled() bool { return a.AuthorizationURL != "" }

// FullRecording returns how long secrets are recorded, or 0 if they are not.
func (a AccountLinking) FullRecording() time.Duration {
	if a.Record != "full" {
		return 0
	}
	length, _ := time.ParseDuration(a.RecordFor) // checked when the file was read
	return length
}

// LinkURLs returns the two addresses for Amazon's console. They are empty if the public address is unknown or account
// linking is off.
func (c *Config) LinkURLs() (authorize, token string) {
	base := c.EndpointURL(Skill{Path: c.AccountLinking.Path})
	if base == "" || !c.AccountLinking.Enabled() {
		return "", ""
	}
	return base + "/authorize", base + "/token"
}

// checkAccountLinking applies the rules of account_linking.
func (r *problemCollector) checkAccountLinking(c *Config) {
	at := "account_linking"
	a := &c.AccountLinking
	r.applyRule(at+".path", checkLinkPath(a.Path))
	for i, skill := range c.Skills {
		if !r.hasFault(itemPath("skills", i) + ".path") {
			r.applyRule(at+".path", checkPathOverlap(a, skill.Path))
		}
	}
	r.applyRule(at+".authorization_url", checkEndpointURL(a.AuthorizationURL))
	r.applyRule(at+".token_url", checkEndpointURL(a.TokenURL))
	if a.AuthorizationURL != "" || a.TokenURL != "" {
		const missing = "is missing: authorization_url and token_url are both required"
		r.applyRule(at+".token_url", messageIf(a.TokenURL == "", missing))
		r.applyRule(at+".authorization_url", messageIf(a.AuthorizationURL == "", missing))
		r.applyRule(at+".authorization_url", checkNotOwnAddress(c, a.AuthorizationURL))
		r.applyRule(at+".token_url", checkNotOwnAddress(c, a.TokenURL))
		r.applyRule(at+".token_url", messageIf(a.TokenURL == a.AuthorizationURL && !r.hasFault(at+".authorization_url"),
			"must not be authorization_url: an OAuth server has one address for each"))
	}
	if a.Authorize != "" {
		r.applyRule(at+".authorize", checkOneOf(a.Authorize, "proxy", "redirect"))
	}
	for i, prefix := range a.AllowPaths {
		r.applyRule(itemPath(at+".allow_paths", i), checkPathPrefix(prefix))
	}
	r.checkLinkClient(c, at)
	r.applyRule(at+".record", checkOneOf(a.Record, "redacted", "full"))
	r.applyRule(at+".record_for", checkRecordDuration(a.RecordFor))
}

// maxScopes is Amazon's limit.
const maxScopes = 15

// checkLinkClient applies the rules of the client that "skill deploy" sets at Amazon.
func (r *problemCollector) checkLinkClient(c *Config, at string) {
	a := &c.AccountLinking
	r.applyRule(at+".client_authentication", checkOneOf(a.ClientAuthentication, "basic", "body"))
	r.applyRule(at+".scopes", messageIf(len(a.Scopes) > maxScopes, "must have at most 15 scopes, because Amazon accepts no more"))
	r.checkEach(at+".scopes", a.Scopes, func(scope string) string {
		return messageIf(scope == "" || strings.ContainsAny(scope, " \t"), "must be one scope without spaces")
	})
	if a.ClientID == "" {
		const needsClient = "requires client_id: set it, or remove this key"
		r.applyRule(at+".client_secret_file", messageIf(a.ClientSecretFile != "", needsClient))
		r.applyRule(at+".scopes", messageIf(len(a.Scopes) > 0, needsClient))
		return
	}
	r.applyRule(at+".client_id", messageIf(!a.Enabled() && !r.hasFault(at+".authorization_url"),
		"requires authorization_url and token_url: set them, or remove this key"))
	r.applyRule(at+".client_id", messageIf(len(c.Skills) > 1,
		"requires a configuration with one skill, because Amazon has one client for each skill"))
	r.applyRule(at+".client_secret_file", messageIf(a.ClientSecretFile == "",
		"is missing: client_id requires a file with the client's secret"))
}

func checkLinkPath(value string) string {
	if value == "/" {
		return `must be more than "/", for example "/link"`
	}
	return strings.ReplaceAll(checkSkillPath(value), `"/alexa"`, `"/link"`)
}

// checkPathPrefix refuses a prefix that no path of a browser can match, because the proxy refuses ambiguous paths.
func checkPathPrefix(value string) string {
	rooted := strings.HasPrefix(value, "/") && path.Clean(value) == cmp.Or(strings.TrimSuffix(value, "/"), "/")
	return messageIf(!rooted || strings.ContainsAny(value, `?#;*\%`),
		`must be a path from the root without "..", "//", "*", "%", ";" and a query, for example "/login"`)
}

// checkPathOverlap refuses a path that overlaps a skill's path. If account linking is off, the path is unused.
func checkPathOverlap(a *AccountLinking, skill string) string {
	return messageIf(a.Enabled() && (isWithinPath(skill, a.Path) || isWithinPath(a.Path, skill)),
		`must be neither a skill's path, nor above or below one: choose another, for example "/link"`)
}

// isWithinPath reports whether path is equal to base or below it.
func isWithinPath(path, base string) bool { return path == base || strings.HasPrefix(path, base+"/") }

// checkEndpointURL follows RFC 6749, sections 3.1 and 3.2: TLS, no fragment, an optional query.
func checkEndpointURL(value string) string {
	u, err := url.Parse(value)
	return messageIf(value != "" &&
		(err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(value, "#")),
		"must be an https:// address without user and fragment, for example https://auth.example.com/token")
}

// checkNotOwnAddress refuses the proxy's own address, because the proxy would call itself in an endless loop.
func checkNotOwnAddress(c *Config, value string) string {
	own, err := url.Parse(c.EndpointURL(Skill{Path: c.AccountLinking.Path}))
	u, err2 := url.Parse(value)
	return messageIf(err == nil && err2 == nil && own.Host != "" &&
		strings.EqualFold(u.Hostname(), own.Host) && isWithinPath(u.Path, own.Path),
		"must be the OAuth server's address, not the address of this service's proxy")
}

// checkRecordDuration limits how long secrets are recorded.
func checkRecordDuration(value string) string {
	length, err := time.ParseDuration(value)
	return messageIf(err != nil || length < time.Minute || length > 7*24*time.Hour, "must be a time from 1m to 168h, for example 24h")
}
