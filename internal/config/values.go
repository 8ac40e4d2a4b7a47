package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lastpost/internal/suggest"
)

// Each check function checks one value. It returns the problem and its remedy, or "".

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// consistsOf reports whether s has only characters of chars.
func consistsOf(s, chars string) bool { return strings.Trim(s, chars) == "" }

// messageIf returns message if bad is true, or else "".
func messageIf(bad bool, message string) string {
	if bad {
		return message
	}
	return ""
}

func checkOneOf(value string, allowed ...string) string {
	return messageIf(!slices.Contains(allowed, value), "must be one of "+strings.Join(allowed, ", "))
}

// splitAddress splits "HOST:PORT". ok is false if the value is invalid.
func splitAddress(value string) (host string, port uint64, ok bool) {
	host, number, err := net.SplitHostPort(value)
	if err != nil || number == "" || !consistsOf(number, digits) {
		return "", 0, false
	}
	port, err = strconv.ParseUint(number, 10, 16)
	if err != nil {
		return "", 0, false
	}
	_, err = netip.ParseAddr(host)
	return host, port, host == "" || err == nil || checkDNSName(host) == ""
}

func checkHostPort(value string) string {
	_, _, ok := splitAddress(value)
	return messageIf(!ok, `must be HOST:PORT or :PORT, for example ":443"`)
}

func checkLoopback(value string) string {
	host, _, _ := splitAddress(value)
	addr, err := netip.ParseAddr(host)
	return messageIf(host != localhost && (err != nil || !addr.IsLoopback()),
		"must be a loopback address, for example 127.0.0.1:9090, unless admin.password_file is set")
}

// checkPortsDiffer refuses two listeners on the same address. Port 0 is a different port each time.
func checkPortsDiffer(a, b, which string) string {
	hostA, portA, okA := splitAddress(a)
	hostB, portB, okB := splitAddress(b)
	if !okA || !okB || portA != portB || portA == 0 {
		return ""
	}
	x, y := boundAddress(hostA), boundAddress(hostB)
	return messageIf(x.IsUnspecified() || y.IsUnspecified() || strings.EqualFold(hostA, hostB) || x.IsValid() && x == y,
		"must not be on the same port: "+which+" are two listeners")
}

// boundAddress returns the address of a listener on host. It returns the zero Addr for a host name, which needs a
// resolver.
func boundAddress(host string) netip.Addr {
	switch host {
	case "":
		return netip.IPv6Unspecified()
	case localhost:
		host = "127.0.0.1"
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// checkDNSName follows RFC 1123, section 2.1: labels of letters, digits and inner hyphens. A numeric last label is
// refused, because it would be an IP address.
func checkDNSName(name string) string {
	const message = "must be a DNS name, for example skill.example.com; an international one in its xn-- form"
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || !consistsOf(label, lower+upper+digits+"-") || strings.Trim(label, "-") != label {
			return message
		}
		last = label
	}
	return messageIf(len(name) > 253 || consistsOf(last, digits), message)
}

// checkPublicName refuses names that are not in the public DNS. A CA would refuse them too, but only after minutes.
func checkPublicName(name string) string {
	return messageIf(!strings.Contains(name, ".") || strings.HasSuffix(strings.ToLower(name), ".localhost"),
		"must be a name in the public DNS, for example skill.example.com: a CA refuses other names")
}

func checkEmail(value string) string {
	name, domain, ok := strings.Cut(value, "@")
	return messageIf(value != "" && (!ok || name == "" || checkDNSName(domain) != "" || strings.ContainsAny(name, " ,;<>\"")),
		"must be an address such as you@example.com")
}

func checkDirectory(value string) string {
	u, err := url.Parse(value)
	return messageIf(value != "" && (err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil),
		"must be the https:// address of a CA's ACME directory; remove it to use Let's Encrypt")
}

// checkHeaderName follows RFC 9110, section 5.1, but allows only letters, digits and hyphens.
func checkHeaderName(value string) string {
	return messageIf(!consistsOf(value, lower+upper+digits+"-"), "must be a header's name, for example X-Forwarded-For")
}

// checkTrustedProxy accepts an address or a network. It refuses a network of all addresses: then any client could forge
// its address.
func checkTrustedProxy(value string) string {
	if network, err := netip.ParsePrefix(value); err == nil {
		return messageIf(network.Bits() == 0, "must not contain all addresses: any client could forge the header")
	}
	addr, err := netip.ParseAddr(value)
	return messageIf(err != nil || addr.Zone() != "", "must be an address or a network, for example 127.0.0.1 or 10.0.0.0/8")
}

func checkPublicURL(value string) string {
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || !strings.EqualFold(value, "https://"+u.Host) || strings.HasSuffix(u.Host, ":") || checkDNSName(u.Hostname()) != "" {
		return "must be https:// and a host name with nothing after it, for example https://skill.example.com"
	}
	return messageIf(u.Port() != "" && u.Port() != "443", "must not have a port: Alexa calls only port 443")
}

func checkSkillName(name string) string {
	return messageIf(name == "" || len(name) > 40 || !consistsOf(name, lower+digits+"-") || strings.Trim(name, "-") != name,
		"must be 1 to 40 characters of a-z, 0-9 and inner hyphens, for example halfelf")
}

func checkSkillPath(value string) string {
	switch {
	case !strings.HasPrefix(value, "/"):
		return `must begin with "/", for example "/alexa"`
	case !consistsOf(value, lower+upper+digits+"-._~/"):
		// {, } and * are special characters of the router. A query or a fragment is not part of a path.
		return `must have only letters, digits and - . _ ~ /, for example "/alexa"`
	case path.Clean(value) != value:
		return `must not end in "/" or contain "//", "." or "..", for example "/alexa"`
	case isWithinPath(value, "/websub"):
		return `must not be under "/websub", which is for feed hubs, for example "/alexa"`
	case isWithinPath(value, "/briefing"):
		return `must not be under "/briefing", which is for flash briefings, for example "/alexa"`
	}
	return ""
}

var applicationIDForm = regexp.MustCompile(`^amzn1\.ask\.skill\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func checkApplicationID(value string) string {
	return messageIf(!applicationIDForm.MatchString(value),
		"must be amzn1.ask.skill. and a UUID in lower case, as the developer console shows it")
}

func checkFeedURL(value string) string {
	u, err := url.Parse(value)
	switch {
	case err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "":
		return ""
	case strings.Contains(value, "@"): // a password from the environment, as it is
		return "must be an http:// or https:// address: write special characters of the user and the password as in a URL, " +
			"%23 for #, %25 for %, %2F for /, %3A for :, %3F for ?, %40 for @"
	}
	return "must be an http:// or https:// address, for example https://halfelf.org/feed/"
}

// checkTitle follows Amazon's "Skill Package Format": a skill's name has 2 to 50 characters.
func checkTitle(value string) string {
	length := utf8.RuneCountInString(value)
	return messageIf(length == 1 || length > 50, "must be 2 to 50 characters, as Amazon's skill store requires")
}

// maxSpokenText limits the operator's own words, in characters.
const maxSpokenText = 200

// checkSpokenText accepts plain text for speech, or "". The decoder has already refused line breaks and control
// characters.
func checkSpokenText(value string) string {
	switch {
	case value == "":
		return ""
	case utf8.RuneCountInString(value) > maxSpokenText:
		return fmt.Sprintf("must be at most %d characters, because Alexa says it often", maxSpokenText)
	case strings.ContainsAny(value, "<>"):
		return "must be plain text: remove < and >"
	}
	return messageIf(!strings.ContainsFunc(value, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }),
		"must have words that Alexa can say; remove the key to use the skill's own words")
}

func checkWebPage(value string) string {
	u, err := url.Parse(value)
	return messageIf(value != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil),
		"must be an https:// address, for example https://halfelf.org/privacy/")
}

func checkTimezone(value string) string {
	_, err := time.LoadLocation(value)
	if err == nil && value != "" && value != "Local" { // both depend on the machine
		return ""
	}
	if zones := SuggestTimezones(value); len(zones) > 0 {
		return "must be a zone of the IANA list; did you mean " + strings.Join(zones, ", ") + "?"
	}
	return "must be a zone of the IANA list, which names large cities: for example Europe/Berlin, or UTC"
}

// SuggestTimezones returns at most five valid values of Skill.Timezone for what a user typed, such as "Los Angeles",
// "Germany", "PST" or "UTC+1". The best is first. It returns nil if nothing fits.
func SuggestTimezones(typed string) []string { return suggest.Zones(typed) }
