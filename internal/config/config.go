// Package config is the configuration file: strict, whole, with the manual in its types.
//
// The file is one YAML document. Unknown keys, duplicate keys and values of a wrong type are refused, and every fault is
// reported at once, each with its line, its path and the remedy. Of YAML it takes mappings, lists and text; anchors,
// aliases, merge keys and tags are refused, since a file of this size is clearer without them.
//
// In a value, ${NAME} stands for the environment's variable of that name, which must be set, though it may be empty. It is
// put in after the YAML was read, and once: what a variable holds is neither YAML nor searched for further variables. A
// literal "${" is written "$${"; any other "$" is itself. Keys are taken as they are. Inside [ ] or { } such a value needs
// quotes.
//
// No message contains a value: it may come from the environment, and be a secret.
//
// What it does not do: it touches no file but the one it loads, and asks no network. That a certificate exists or a feed
// answers is for the commands to find out.
package config

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// Config is the whole file. Only tls.mode and the skills are required.
type Config struct {
	// Listen is the address of the public HTTPS listener, "HOST:PORT" or ":PORT". Port 0 takes any free one.
	// Default ":443". Alexa calls port 443 only: another port needs something in front that owns 443.
	Listen string `yaml:"listen" default:":443"`

	// PublicURL is what the world calls the service: "https://" and a host name, nothing after it. The port may be
	// ":443", the only one that Alexa calls. With mode acme its host is one of TLS.Domains. Default: empty, which stands
	// for the first of TLS.Domains, where there are any.
	PublicURL string `yaml:"public_url"`

	// TLS says where the certificate comes from.
	TLS TLS `yaml:"tls"`

	// Proxy says how to tell clients apart behind a proxy; with TLS mode off only.
	Proxy Proxy `yaml:"proxy"`

	// DataDir is the directory of what the service keeps: the posts and the listeners' last visits, when Alexa last
	// called, the chains of signing certificates, with mode acme or self-signed the certificate and its private key, and
	// with account_linking what was seen of it. A relative path is relative to the working directory. Default
	// "/var/lib/skill".
	DataDir string `yaml:"data_dir" default:"/var/lib/skill"`

	// Admin is the private listener: the inspector, health and metrics.
	Admin Admin `yaml:"admin"`

	// Log is the log, on standard error.
	Log Log `yaml:"log"`

	// Skills are the skills served, at least one. Their names, paths and application ids differ from one another.
	Skills []Skill `yaml:"skills" need:"list at least one skill with name, application_id, invocation_name and feed"`

	// AccountLinking puts the service between Amazon and an OAuth server, to see why account linking fails.
	AccountLinking AccountLinking `yaml:"account_linking"`
}

// TLSMode is a source of the certificate.
type TLSMode string

// The sources of the certificate.
const (
	TLSACME       TLSMode = "acme"        // fetched from a CA such as Let's Encrypt, and renewed in time
	TLSFiles      TLSMode = "files"       // two files, reread when they change
	TLSSelfSigned TLSMode = "self-signed" // made at start; for development, uploaded to Amazon's console
	TLSOff        TLSMode = "off"         // plain HTTP, behind a proxy that owns 443
)

// TLS says where the certificate comes from. Each mode refuses the keys of the others.
type TLS struct {
	// Mode is required: TLSACME, TLSFiles, TLSSelfSigned or TLSOff.
	Mode TLSMode `yaml:"mode" need:"choose acme, files, self-signed or off"`

	// Domains are the DNS names in the certificate; modes acme, required there, and self-signed. The default of
	// self-signed: localhost, and PublicURL's host where that is set.
	Domains []string `yaml:"domains"`

	// Email is where the CA may write to about the certificate; mode acme only. Default: empty, nowhere.
	Email string `yaml:"email"`

	// Directory is the URL of the CA's ACME directory (RFC 8555, section 7.1.1); mode acme only. Default: empty, which
	// stands for Let's Encrypt.
	Directory string `yaml:"directory"`

	// EABKeyID is the id of a key that binds the ACME account to one that the CA knows already, for CAs that ask for such
	// an external account binding (RFC 8555, section 7.3.4); mode acme only. Default: empty, none.
	EABKeyID string `yaml:"eab_key_id"`

	// EABKeyFile is the file that holds that key in base64url, as the CA gave it; mode acme only, required with EABKeyID.
	EABKeyFile string `yaml:"eab_key_file"`

	// HTTPListen is the address, ":80", at which the CA's question may also be answered over plain HTTP (RFC 8555,
	// section 8.3); mode acme only. Default: empty, which leaves it to port 443 (RFC 8737).
	HTTPListen string `yaml:"http_listen"`

	// CertFile is the PEM file of the certificate, leaf first, then the intermediates; mode files, required there.
	CertFile string `yaml:"cert_file"`

	// KeyFile is the PEM file of the certificate's private key; mode files, required there.
	KeyFile string `yaml:"key_file"`
}

// Proxy names the header in which a proxy in front says whose request it passes on. Without one, the proxy's own address
// is all that is known of a client.
type Proxy struct {
	// Header is the header's name, such as "X-Forwarded-For" or "X-Real-IP". Default: empty, none is believed.
	Header string `yaml:"header"`

	// Trusted are the addresses and networks (CIDR) of the proxies that are believed. Default: loopback.
	Trusted []string `yaml:"trusted"`
}

// Admin is the private listener: the inspector, health and metrics.
type Admin struct {
	// Listen is its address, "HOST:PORT"; another port than Config.Listen's. Empty turns it off. It must be a
	// loopback address unless PasswordFile is set. Default "127.0.0.1:9090".
	Listen string `yaml:"listen" default:"127.0.0.1:9090"`

	// PasswordFile is the file that holds the password asked for there. Default: empty, no password.
	PasswordFile string `yaml:"password_file"`
}

// Log is the log.
type Log struct {
	// Level is the least grave level that is written: "debug", "info", "warn" or "error". Default "info".
	Level string `yaml:"level" default:"info"`

	// Format is "json", a JSON object a line, or "console", for reading in a terminal. Default "json".
	Format string `yaml:"format" default:"json"`
}

// Skill is one Alexa skill and its blog.
type Skill struct {
	// Name is what logs, metrics and file names call the skill: a-z, 0-9 and inner hyphens, at most 40 characters.
	// Required.
	Name string `yaml:"name" need:"give the skill a short name of a-z, 0-9 and -, for example halfelf"`

	// Path is where Alexa posts this skill's requests. It begins with "/", and is neither under /briefing, which the
	// flash briefings have, nor under /websub, which the feeds' hubs have. Default "/alexa/NAME".
	Path string `yaml:"path"`

	// ApplicationID is the skill's id in Amazon's developer console, "amzn1.ask.skill." and a UUID. Requests for any
	// other are refused. Required.
	ApplicationID string `yaml:"application_id" need:"copy the skill id from the developer console, amzn1.ask.skill.…"`

	// InvocationName is what the listener says after "Alexa, open": two words or more, in lower case, without Alexa's own
	// words. The rules are those of Amazon's "Choose the Invocation Name for a Custom Skill". Required.
	InvocationName string `yaml:"invocation_name" need:"write what listeners say after \"Alexa, open\", for example half elf"`

	// Title is the skill's name in Amazon's skill store, at most 50 characters. Default: InvocationName with capitals.
	Title string `yaml:"title"`

	// PrivacyPolicyURL is the address of the blog's privacy policy, which the skill store shows. Default: empty, none.
	PrivacyPolicyURL string `yaml:"privacy_policy_url"`

	// Feed is the address of the blog's feed, or of a page that names its feed. Required.
	Feed FeedURL `yaml:"feed" need:"give the address of the blog's feed, for example https://halfelf.org/feed/"`

	// Timezone is the zone of the blog's days, from the IANA list, such as "Europe/Berlin". Default "UTC".
	Timezone string `yaml:"timezone" default:"UTC"`

	// History lets the service fetch posts that are older than the feed shows. Default true.
	History bool `yaml:"history" default:"true"`

	// Locales are the languages that the skill is offered in, of those that Alexa has. Default "en-US" alone.
	Locales []string `yaml:"locales" default:"en-US"`
}

// Location is the skill's time zone, and UTC for a zone that no configuration could have.
func (s Skill) Location() *time.Location {
	loc, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// EndpointURL is the URL that Amazon is told for s: its path on the host of PublicURL, else on the first of TLS.Domains.
// It is empty where there is neither, localhost not counting, as nobody else can call that.
func (c *Config) EndpointURL(s Skill) string {
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" {
		return "https://" + u.Hostname() + s.Path
	}
	if len(c.TLS.Domains) > 0 && c.TLS.Domains[0] != localhost {
		return "https://" + c.TLS.Domains[0] + s.Path
	}
	return ""
}

// PublicHost is the name that Alexa will connect to; "" where the configuration does not say.
func (c *Config) PublicHost() string {
	for _, skill := range c.Skills {
		if endpoint := c.EndpointURL(skill); endpoint != "" {
			host, _, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
			return host
		}
	}
	return ""
}

// Load reads and checks the file at path. getenv answers for the environment, as os.LookupEnv does. What is wrong in the
// file comes back as Problems; a file that cannot be read, as an error that wraps the system's.
func Load(path string, getenv func(string) (string, bool)) (*Config, error) {
	data, err := readLimited(path)
	if err != nil {
		return nil, fmt.Errorf("%w: the configuration is the file that --config names, else SKILL_CONFIG, "+
			"else /etc/skill/skill.yaml", err)
	}
	return Parse(path, data, getenv)
}

// readLimited stops one byte past the limit, which Parse refuses: the path may be a device without an end.
func readLimited(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// Parse is Load for bytes; name is what messages call the file. Its error is always Problems.
func Parse(name string, data []byte, getenv func(string) (string, bool)) (*Config, error) {
	d := decoder{&problemCollector{file: name, lines: map[string]int{}, faulty: map[string]bool{}}, getenv}
	cfg := &Config{}
	if root := d.parseFile(data); root != nil && d.decodeRoot(cfg, root) {
		d.checkConfig(cfg)
	}
	if err := d.sortedProblems(); err != nil {
		return nil, err
	}
	return cfg, nil
}
