// Package config loads and checks the configuration file. Its types and their comments are the manual of the file:
// docs/configuration.md is generated from them.
//
// The file is one YAML document. Unknown keys, duplicate keys and values of a wrong type are errors. All problems are
// reported at once, each with its line, path and remedy. The package accepts mappings, lists and text only. It refuses
// anchors, aliases, merge keys and tags, because a file of this size is clearer without them.
//
// In a value, ${NAME} is replaced by the environment variable NAME. The variable must be set, but may be empty. With
// ${NAME:-default}, a variable that is unset or empty gives the default. Variables are expanded once, after the YAML is
// parsed: their content is neither parsed as YAML nor expanded again. A literal "${" is written "$${". Any other "$" is
// literal. Keys are not expanded. Inside [ ] or { } a value with a variable needs quotes.
//
// A list of texts may also be one text with commas between the items.
//
// Messages never contain values, because a value may be a secret from the environment. They name the variable.
//
// The package reads no other file and does not use the network. Commands check whether a certificate exists or a feed
// answers.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"
)

// Config is the configuration file. Only tls.mode and the skills are required.
type Config struct {
	// Listen is the address of the public HTTPS listener, "HOST:PORT" or ":PORT". Port 0 selects any free port. Default
	// ":443". Alexa calls only port 443: with another port, a proxy or router must forward port 443.
	Listen string `yaml:"listen" default:":443"`

	// PublicURL is the public address of the service: "https://" and a host name, nothing else. The port may be ":443",
	// because Alexa calls no other. With mode acme the host must be one of TLS.Domains. Default: empty, which means the
	// first of TLS.Domains, if there is one.
	PublicURL string `yaml:"public_url"`

	// TLS selects the source of the certificate.
	TLS TLS `yaml:"tls"`

	// Proxy configures how the service identifies clients behind a proxy. It is allowed with TLS mode off only.
	Proxy ProxyConfig `yaml:"proxy"`

	// DataDir is the directory for the service's data: posts, listeners' last visits and places, the time of Alexa's last call,
	// and chains of signing certificates. With mode acme or self-signed it also has the certificate and its private
	// key, and with account_linking the recorded traces. A relative path is relative to the working directory. Default
	// "/var/lib/skill".
	DataDir string `yaml:"data_dir" default:"/var/lib/skill"`

	// Admin configures the private listener: the inspector, health and metrics.
	Admin Admin `yaml:"admin"`

	// Log configures the log on standard error.
	Log LogConfig `yaml:"log"`

	// Skills are the skills that the service answers for, at least one. Their names, paths and application ids must be
	// different.
	Skills []Skill `yaml:"skills" need:"list at least one skill with name, application_id, invocation_name and feed"`

	// AccountLinking puts the service between Amazon and an OAuth server, to find out why account linking fails.
	AccountLinking AccountLinking `yaml:"account_linking"`
}

// TLSMode selects the source of the certificate.
type TLSMode string

// The sources of the certificate.
const (
	TLSACME       TLSMode = "acme"        // issued and renewed by a CA such as Let's Encrypt
	TLSFiles      TLSMode = "files"       // two files, reloaded when they change
	TLSSelfSigned TLSMode = "self-signed" // created at start, for development; must be uploaded to Amazon's console
	TLSOff        TLSMode = "off"         // plain HTTP, behind a proxy that has the certificate
)

// TLS selects the source of the certificate. Each mode refuses the keys of the other modes.
type TLS struct {
	// Mode is required: TLSACME, TLSFiles, TLSSelfSigned or TLSOff.
	Mode TLSMode `yaml:"mode" need:"choose acme, files, self-signed or off"`

	// Domains are the DNS names in the certificate, for modes acme and self-signed. Required with acme. The default
	// with self-signed is localhost, and the host of PublicURL if it is set.
	Domains []string `yaml:"domains"`

	// Email is the address for messages of the CA about the certificate; mode acme only. Default: none.
	Email string `yaml:"email"`

	// Directory is the URL of the CA's ACME directory (RFC 8555, section 7.1.1); mode acme only. Default: empty, which
	// means Let's Encrypt.
	Directory string `yaml:"directory"`

	// EABKeyID is the id of a key that binds the ACME account to an existing account at the CA, for CAs that require an
	// external account binding (RFC 8555, section 7.3.4); mode acme only. Default: none.
	EABKeyID string `yaml:"eab_key_id"`

	// EABKeyFile is the file with this key in base64url, as the CA gave it; mode acme only, required with EABKeyID.
	EABKeyFile string `yaml:"eab_key_file"`

	// HTTPListen is an address, such as ":80", where the service also answers the CA's challenge over plain HTTP (RFC
	// 8555, section 8.3); mode acme only. Default: none, port 443 only (RFC 8737).
	HTTPListen string `yaml:"http_listen"`

	// CertFile is the PEM file with the certificate, followed by its intermediate certificates. Required with mode
	// files, and allowed with it only.
	CertFile string `yaml:"cert_file"`

	// KeyFile is the PEM file with the certificate's private key. Required with mode files, and allowed with it only.
	KeyFile string `yaml:"key_file"`
}

// ProxyConfig names the header in which a proxy sends the client's address. Without it, the service knows only the proxy's
// address.
type ProxyConfig struct {
	// Header is the header's name, such as "X-Forwarded-For" or "X-Real-IP". Default: none, the service trusts no
	// header.
	Header string `yaml:"header"`

	// Trusted are the addresses and networks (CIDR) of trusted proxies. Default: loopback.
	Trusted []string `yaml:"trusted"`
}

// Admin configures the private listener: the inspector, health and metrics.
type Admin struct {
	// Listen is its address, "HOST:PORT", with a different port than Config.Listen. Empty turns it off. It must be a
	// loopback address unless PasswordFile is set. Default "127.0.0.1:9090".
	Listen string `yaml:"listen" default:"127.0.0.1:9090"`

	// PasswordFile is the file with the password for the private listener. It has at least 12 characters and is not a
	// placeholder: create it with "openssl rand -base64 24". Default: no password.
	PasswordFile string `yaml:"password_file"`
}

// LogConfig configures the log.
type LogConfig struct {
	// Level is the minimum level of log messages: "debug", "info", "warn" or "error". Default "info".
	Level string `yaml:"level" default:"info"`

	// Format is "json", one JSON object per line, or "console", for reading in a terminal. Default "json".
	Format string `yaml:"format" default:"json"`
}

// Skill is an Alexa skill and its blog.
type Skill struct {
	// Name is the skill's name in logs, metrics and file names: a-z, 0-9 and inner hyphens, at most 40 characters.
	// Required.
	Name string `yaml:"name" need:"give the skill a short name of a-z, 0-9 and -, for example halfelf"`

	// Path is the URL path for Alexa's requests to this skill. It begins with "/" and must not be under /briefing
	// (flash briefings) or /websub (feed hubs). Default "/alexa/NAME".
	Path string `yaml:"path"`

	// ApplicationID is the skill's id in Amazon's developer console: "amzn1.ask.skill." and a UUID. The service refuses
	// requests for other skills. Required.
	ApplicationID string `yaml:"application_id" need:"copy the skill id from the developer console, amzn1.ask.skill.…"`

	// InvocationName is the phrase that listeners say after "Alexa, open": two words or more, in lower case, without Alexa's
	// reserved words. Amazon's "Choose the Invocation Name for a Custom Skill" has the rules. Required.
	InvocationName string `yaml:"invocation_name" need:"write what listeners say after \"Alexa, open\", for example half elf"`

	// Title is the skill's name in Amazon's skill store, at most 50 characters. Alexa also calls the blog by this name.
	// Default: InvocationName with capitals in the store, and the feed's own title in what Alexa says.
	Title string `yaml:"title"`

	// PrivacyPolicyURL is the address of the blog's privacy policy for the skill store. Default: none.
	PrivacyPolicyURL string `yaml:"privacy_policy_url"`

	// Feed is the address of the blog's feed, or of a page that links to it. Required.
	Feed FeedURL `yaml:"feed" need:"give the address of the blog's feed, for example https://halfelf.org/feed/"`

	// Timezone is the time zone of the blog's dates, from the IANA list, such as "Europe/Berlin". It determines on which
	// day a post was published. Dates in the feed that do not state a zone are in this zone too. Default "UTC".
	Timezone string `yaml:"timezone" default:"UTC"`

	// History lets the service fetch posts that are older than the feed shows. Default true.
	History bool `yaml:"history" default:"true"`

	// Locales are the Alexa locales of the skill. Default "en-US" only.
	Locales []string `yaml:"locales" default:"en-US"`

	// Launch says what Alexa does after "Alexa, open". With "offer", Alexa says how many posts are new to the listener,
	// tells the newest one's title and first sentence, and offers to read or play it. With "read", Alexa reads the newest
	// post at once. With "play", Alexa plays the newest episode at once; without an episode, or on a device that plays none,
	// it offers the newest post. With "list", Alexa names the newest three posts. Default "offer".
	Launch string `yaml:"launch" default:"offer"`

	// Resume says what Alexa does with an episode that was interrupted when the listener comes back. With "ask", Alexa asks
	// whether to go on. With "at_once", it goes on without a question. Default "ask".
	Resume string `yaml:"resume" default:"ask"`

	// Greeting is the text that Alexa says first after "Alexa, open": plain text of at most 200 characters. Default: empty,
	// which means the skill's own greeting.
	Greeting string `yaml:"greeting"`

	// Goodbye is the text that Alexa says when the conversation ends: plain text of at most 200 characters that does not
	// end in a question. Default: empty, which means the skill's own goodbye.
	Goodbye string `yaml:"goodbye"`

	// Pronounce are the words that Alexa says in a special way, at most 200. They change speech only: cards and screens
	// show the words as they are. Default: none.
	Pronounce []PronouncedWord `yaml:"pronounce"`
}

// PlaceholderID is a skill id of zeros. It stands for the id that Amazon has not given yet.
const PlaceholderID = "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"

// Location returns the skill's time zone, or UTC if the zone is invalid.
func (s Skill) Location() *time.Location {
	loc, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// EndpointURL returns the URL of the skill for Amazon's console: its path on the host of PublicURL, or else on the
// first of TLS.Domains. It returns "" if there is neither, or only localhost, because Alexa cannot call localhost.
func (c *Config) EndpointURL(s Skill) string {
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" {
		return "https://" + u.Hostname() + s.Path
	}
	if len(c.TLS.Domains) > 0 && c.TLS.Domains[0] != localhost {
		return "https://" + c.TLS.Domains[0] + s.Path
	}
	return ""
}

// PublicHost returns the host name that Alexa connects to, or "" if the configuration does not have it.
func (c *Config) PublicHost() string {
	for _, skill := range c.Skills {
		if endpoint := c.EndpointURL(skill); endpoint != "" {
			host, _, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
			return host
		}
	}
	return ""
}

// Load reads and checks the file at path. getenv works like os.LookupEnv. Problems in the file are returned as
// Problems. If the file cannot be read, the error wraps the system's error.
func Load(path string, getenv func(string) (string, bool)) (*Config, error) {
	data, err := readLimited(path)
	if err != nil {
		remedy := ""
		if errors.Is(err, fs.ErrNotExist) {
			remedy = `; the command "init" writes it`
		}
		return nil, fmt.Errorf("%w: the configuration is the file that --config names, else SKILL_CONFIG, "+
			"else /etc/skill/skill.yaml%s", err, remedy)
	}
	return Parse(path, data, getenv)
}

// readLimited reads at most one byte more than maxSize, because path may be an endless device. Parse refuses larger
// files.
func readLimited(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// Parse works like Load for bytes. name is the file's name in messages. Its error is always Problems.
func Parse(name string, data []byte, getenv func(string) (string, bool)) (*Config, error) {
	d := decoder{newProblemCollector(name), getenv}
	cfg := &Config{}
	if root := d.parseFile(data); root != nil && d.decodeRoot(cfg, root) {
		d.checkConfig(cfg)
	}
	if err := d.sortedProblems(); err != nil {
		return nil, err
	}
	return cfg, nil
}
