package config

import (
	"net/url"
	"strings"
	"time"
)

// AccountLinking puts the service between Amazon and an OAuth server, to see why account linking fails. It is off while
// both URLs are empty.
type AccountLinking struct {
	// Path is the path below which the service stands in for the OAuth server: PATH/authorize and PATH/token are what
	// Amazon's console is told. It is neither one of the skills' paths, nor above or below one. Default "/link".
	Path string `yaml:"path" default:"/link"`

	// AuthorizationURL is the OAuth server's authorization endpoint (RFC 6749, section 3.1), an https:// address.
	// Default: empty, off.
	AuthorizationURL string `yaml:"authorization_url"`

	// TokenURL is the OAuth server's token endpoint (RFC 6749, section 3.2), an https:// address. Default: empty, off.
	TokenURL string `yaml:"token_url"`

	// Authorize says how the browser's leg is carried: "proxy" through the service, with the pages for signing in, or
	// "redirect" on to the OAuth server, after which the browser is seen no more. Default: empty, which is proxy until a
	// page shows that it works at its own address only, and redirect for an hour, before it looks again.
	Authorize string `yaml:"authorize"`

	// Record says what is kept of passwords, codes, tokens and other secrets: "redacted" keeps short keyed hashes, by
	// which equal values are known, "full" everything. Default "redacted".
	Record string `yaml:"record" default:"redacted"`

	// RecordFor is how long full recording lasts before it becomes redacted by itself, at most "168h". It begins with the
	// first start that has it, and a restart does not prolong it. Default "24h".
	RecordFor string `yaml:"record_for" default:"24h"`
}

// Enabled reports whether the service stands in for an OAuth server.
func (a AccountLinking) Enabled() bool { return a.AuthorizationURL != "" }

// FullRecording is how long everything is recorded, secrets among it; 0: not at all.
func (a AccountLinking) FullRecording() time.Duration {
	if a.Record != "full" {
		return 0
	}
	length, _ := time.ParseDuration(a.RecordFor) // was judged when the file was read
	return length
}

// LinkURLs are the two addresses that Amazon's console is told. They are empty where the service does not know what the
// world calls it, or is no stand-in.
func (c *Config) LinkURLs() (authorize, token string) {
	base := c.EndpointURL(Skill{Path: c.AccountLinking.Path})
	if base == "" || !c.AccountLinking.Enabled() {
		return "", ""
	}
	return base + "/authorize", base + "/token"
}

// checkAccountLinking applies the rules of the stand-in for an OAuth server.
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
		const missing = "is missing: both the OAuth server's URLs are needed"
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
	r.applyRule(at+".record", checkOneOf(a.Record, "redacted", "full"))
	r.applyRule(at+".record_for", checkRecordFor(a.RecordFor))
}

func checkLinkPath(value string) string {
	if value == "/" {
		return `must be more than "/", for example "/link"`
	}
	return strings.ReplaceAll(checkSkillPath(value), `"/alexa"`, `"/link"`)
}

// checkPathOverlap refuses a path that Alexa has already. Where account linking is off, nothing is there.
func checkPathOverlap(a *AccountLinking, skill string) string {
	return messageIf(a.Enabled() && (isWithinPath(skill, a.Path) || isWithinPath(a.Path, skill)),
		`must be neither a skill's path, nor above or below one: choose another, for example "/link"`)
}

// isWithinPath reports whether path is base or below it.
func isWithinPath(path, base string) bool { return path == base || strings.HasPrefix(path, base+"/") }

// checkEndpointURL follows RFC 6749, sections 3.1 and 3.2: TLS, no fragment, a query if need be.
func checkEndpointURL(value string) string {
	u, err := url.Parse(value)
	return messageIf(value != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(value, "#")),
		"must be an https:// address without user and fragment, for example https://auth.example.com/token")
}

// checkNotOwnAddress refuses an address of the stand-in's own, which would ask itself for ever.
func checkNotOwnAddress(c *Config, value string) string {
	own, err := url.Parse(c.EndpointURL(Skill{Path: c.AccountLinking.Path}))
	u, err2 := url.Parse(value)
	return messageIf(err == nil && err2 == nil && own.Host != "" && strings.EqualFold(u.Hostname(), own.Host) && isWithinPath(u.Path, own.Path),
		"must be the OAuth server's own address, and not the one that stands in for it")
}

// checkRecordFor bounds how long secrets are written down.
func checkRecordFor(value string) string {
	length, err := time.ParseDuration(value)
	return messageIf(err != nil || length < time.Minute || length > 7*24*time.Hour, "must be a time from 1m to 168h, for example 24h")
}
