package config

import (
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Each rule judges one value, and gives what is wrong with it and the remedy, or "".

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// madeOf reports whether s has no character outside chars.
func madeOf(s, chars string) bool { return strings.Trim(s, chars) == "" }

func given(value, message string) string {
	if value == "" {
		return message
	}
	return ""
}

func absent(value, message string) string {
	if value != "" {
		return message
	}
	return ""
}

func oneOf(value string, allowed ...string) string {
	if slices.Contains(allowed, value) {
		return ""
	}
	return "must be one of " + strings.Join(allowed, ", ")
}

// address splits "HOST:PORT", and says whether it is one.
func address(value string) (host string, port uint64, ok bool) {
	host, number, err := net.SplitHostPort(value)
	if err != nil || number == "" || !madeOf(number, digits) {
		return "", 0, false
	}
	port, err = strconv.ParseUint(number, 10, 16)
	if err != nil {
		return "", 0, false
	}
	_, err = netip.ParseAddr(host)
	return host, port, host == "" || err == nil || dnsName(host) == ""
}

func hostPort(value string) string {
	if _, _, ok := address(value); !ok {
		return `must be HOST:PORT or :PORT, for example ":443"`
	}
	return ""
}

func loopback(value string) string {
	host, _, _ := address(value)
	addr, err := netip.ParseAddr(host)
	if host == localhost || err == nil && addr.IsLoopback() {
		return ""
	}
	return "must be a loopback address, for example 127.0.0.1:9090, unless admin.password_file is set"
}

// samePort refuses two listeners that could not both be opened. Port 0 is another one each time.
func samePort(a, b, which string) string {
	hostA, portA, okA := address(a)
	hostB, portB, okB := address(b)
	if !okA || !okB || portA != portB || portA == 0 {
		return ""
	}
	x, y := bound(hostA), bound(hostB)
	if x.IsUnspecified() || y.IsUnspecified() || strings.EqualFold(hostA, hostB) || x.IsValid() && x == y {
		return "must not be on the same port: " + which + " are two listeners"
	}
	return ""
}

// bound is the address that a listener on host takes, and the zero Addr where only a resolver could tell.
func bound(host string) netip.Addr {
	switch host {
	case "":
		return netip.IPv6Unspecified()
	case localhost:
		host = "127.0.0.1"
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// dnsName follows RFC 1123, section 2.1: labels of letters, digits and inner hyphens; the last is no number, or it
// would be an IP address.
func dnsName(name string) string {
	const message = "must be a DNS name, for example skill.example.com; an international one in its xn-- form"
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || !madeOf(label, lower+upper+digits+"-") || strings.Trim(label, "-") != label {
			return message
		}
		last = label
	}
	if len(name) > 253 || madeOf(last, digits) {
		return message
	}
	return ""
}

// publicName is a name that the public DNS could have: CAs refuse the others, after minutes.
func publicName(name string) string {
	if !strings.Contains(name, ".") || strings.HasSuffix(strings.ToLower(name), ".localhost") {
		return "must be a name of the public DNS, for example skill.example.com: no CA gives a certificate for another"
	}
	return ""
}

func email(value string) string {
	name, domain, ok := strings.Cut(value, "@")
	if value != "" && (!ok || name == "" || dnsName(domain) != "" || strings.ContainsAny(name, " ,;<>\"")) {
		return "must be an address such as you@example.com"
	}
	return ""
}

func directory(value string) string {
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil) {
		return "must be the https:// address of a CA's ACME directory; leave it out for Let's Encrypt"
	}
	return ""
}

// headerName follows RFC 9110, section 5.1, without the characters that no such header has.
func headerName(value string) string {
	if !madeOf(value, lower+upper+digits+"-") {
		return "must be a header's name, for example X-Forwarded-For"
	}
	return ""
}

// prefix takes an address or a network. One that is wider than any network that somebody owns would be the whole internet.
func prefix(value string) string {
	const message = "must be an address or a network, for example 127.0.0.1 or 10.0.0.0/8"
	network, err := netip.ParsePrefix(value)
	if err != nil {
		addr, err := netip.ParseAddr(value)
		if err != nil || addr.Zone() != "" {
			return message
		}
		return ""
	}
	if network.Bits() == 0 {
		return "must not be every address there is: then anybody could write that header"
	}
	return ""
}

func publicURL(value string) string {
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || !strings.EqualFold(value, "https://"+u.Host) || strings.HasSuffix(u.Host, ":") || dnsName(u.Hostname()) != "" {
		return "must be https:// and a host name with nothing after it, for example https://skill.example.com"
	}
	if u.Port() != "" && u.Port() != "443" {
		return "must have no port: Alexa calls port 443 and no other"
	}
	return ""
}

func skillName(name string) string {
	if name == "" || len(name) > 40 || !madeOf(name, lower+digits+"-") || strings.Trim(name, "-") != name {
		return "must be 1 to 40 of a-z, 0-9 and -, with no - at either end, for example halfelf"
	}
	return ""
}

func skillPath(value string) string {
	switch {
	case !strings.HasPrefix(value, "/"):
		return `must begin with "/", for example "/alexa"`
	case !madeOf(value, lower+upper+digits+"-._~/"):
		// The router gives {, } and * a meaning, and a query or a fragment is no part of a path.
		return `may have letters, digits and - . _ ~ / only, for example "/alexa"`
	case path.Clean(value) != value:
		return `must not end in "/", nor have "//", "." or ".." in it, for example "/alexa"`
	case value == "/websub" || strings.HasPrefix(value, "/websub/"):
		return `must not be under "/websub", where the hubs of feeds call back, for example "/alexa"`
	case value == "/briefing" || strings.HasPrefix(value, "/briefing/"):
		return `must not be under "/briefing", where the flash briefings are, for example "/alexa"`
	}
	return ""
}

func applicationID(value string) string {
	const message = "must be amzn1.ask.skill. and a UUID in lower case, as the developer console shows it"
	uuid, ok := strings.CutPrefix(value, "amzn1.ask.skill.")
	parts := strings.Split(uuid, "-")
	if !ok || len(parts) != 5 {
		return message
	}
	for i, size := range []int{8, 4, 4, 4, 12} {
		if len(parts[i]) != size || !madeOf(parts[i], digits+"abcdef") {
			return message
		}
	}
	return ""
}

func feedURL(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "must be an http:// or https:// address, for example https://halfelf.org/feed/"
	}
	return ""
}

// title is bounded by Amazon's "Skill Package Format": a skill's name has 2 to 50 characters.
func title(value string) string {
	if value != "" && (utf8.RuneCountInString(value) < 2 || utf8.RuneCountInString(value) > 50) {
		return "must be 2 to 50 characters, as Amazon's skill store takes no other"
	}
	return ""
}

func webPage(value string) string {
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil) {
		return "must be an https:// address, for example https://halfelf.org/privacy/"
	}
	return ""
}

func timezone(value string) string {
	_, err := time.LoadLocation(value)
	if err != nil || value == "" || value == "Local" { // both are the machine's whim, and not the blog's days
		return "must be a zone of the IANA list, for example Europe/Berlin or UTC"
	}
	return ""
}

// locale knows those of Amazon's "Develop Skills in Multiple Languages".
func locale(value string) string {
	return oneOf(value, "ar-SA", "de-DE", "en-AU", "en-CA", "en-GB", "en-IN", "en-US", "es-ES", "es-MX", "es-US",
		"fr-CA", "fr-FR", "hi-IN", "it-IT", "ja-JP", "nl-NL", "pt-BR")
}
