package feed

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// CanonicalURL returns a copy of u whose host has its only canonical spelling: see CanonicalHost. Check and request the
// canonical URL, never u. An attacker can spell a private address so that a check does not recognize it, but a proxy or
// a resolver does.
func CanonicalURL(u *url.URL) (*url.URL, error) {
	host, err := CanonicalHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	canonical := *u
	switch port := u.Port(); {
	case port != "":
		canonical.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		canonical.Host = "[" + host + "]"
	default:
		canonical.Host = host
	}
	return &canonical, nil
}

// CanonicalHost returns the canonical spelling of a host: a name in lower case, in Punycode, without a dot at the end,
// or an IP address in its usual form. It maps international names like net/http and browsers (UTS 46). So it also finds
// the "127.0.0.1" in "①②⑦。⓪.⓪.①". It reads the numeric forms of IPv4 that inet_aton accepts, such as 0x7f.1. It returns
// an error for a host that the rules for names do not allow, and for an IPv6 address with a zone: it names an interface
// of one machine, may contain any bytes, and browsers refuse it too (https://url.spec.whatwg.org/#concept-ipv6-parser).
func CanonicalHost(host string) (string, error) {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		if err != nil || addr.Zone() != "" {
			return "", fmt.Errorf("host %.100q is not an IPv6 address", host)
		}
		return addr.Unmap().String(), nil
	}
	name, err := lookupName(host)
	if err != nil {
		return "", fmt.Errorf("host %.100q is not a valid name", host)
	}
	if !endsInNumber(name) {
		return name, nil
	}
	addr, err := parseIPv4(name)
	if err != nil {
		return "", fmt.Errorf("host %.100q is neither a name nor an IPv4 address", host)
	}
	return addr.String(), nil
}

// SameHostName reports whether two URLs have the same host, in any spelling. Invalid hosts are never the same.
func SameHostName(a, b *url.URL) bool {
	first, err := CanonicalHost(a.Hostname())
	second, err2 := CanonicalHost(b.Hostname())
	return err == nil && err2 == nil && first == second
}

const (
	maxHostName  = 253 // bytes (RFC 1035, section 2.3.4)
	maxHostLabel = 63
)

var errHostName = errors.New("invalid host name")

// lookupName returns the name to look up in DNS. Some names contain underscores, or labels with a hyphen at either end.
// The profile of idna refuses them, but DNS does not. So only the other names must follow it.
func lookupName(host string) (string, error) {
	if len(host) > 4*maxHostName {
		return "", errHostName
	}
	name := host
	if strings.ContainsFunc(host, func(r rune) bool { return r > '~' }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", err
		}
		name = ascii
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if len(name) > maxHostName {
		return "", errHostName
	}
	for label := range strings.SplitSeq(name, ".") {
		if !isHostLabel(label) {
			return "", errHostName
		}
	}
	return name, nil
}

// isHostLabel reports whether a label is valid. It refuses Punycode that no name produces, because readers differ on its
// meaning.
func isHostLabel(label string) bool {
	if label == "" || len(label) > maxHostLabel || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return false
	}
	if !strings.HasPrefix(label, "xn--") {
		return true
	}
	_, err := idna.Lookup.ToASCII(label)
	return err == nil
}

// endsInNumber reports whether the last label is a number. Such a host is an IPv4 address for every reader
// (https://url.spec.whatwg.org/#ends-in-a-number-checker).
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	_, err := parseIPv4Number(last)
	return err == nil || strings.Trim(last, "0123456789") == ""
}

// parseIPv4 parses the forms that inet_aton accepts: one to four decimal, octal or hexadecimal numbers. The last number
// fills the remaining bytes.
func parseIPv4(name string) (netip.Addr, error) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, errHostName
	}
	var sum uint64
	for i, part := range parts {
		number, err := parseIPv4Number(part)
		last, rest := i == len(parts)-1, 8*(4-i)
		if err != nil || last && number >= 1<<rest || !last && number > 255 {
			return netip.Addr{}, errHostName
		}
		if last {
			sum |= number
		} else {
			sum |= number << (rest - 8)
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), nil
}

// parseIPv4Number parses a number of an IPv4 address. "0x" is zero, as in browsers.
func parseIPv4Number(s string) (uint64, error) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"):
		base, s = 16, "0"+s[2:]
	case len(s) > 1 && s[0] == '0':
		base = 8
	}
	if strings.Trim(s, "0123456789abcdef") != "" { // ParseUint accepts signs
		return 0, errHostName
	}
	return strconv.ParseUint(s, base, 64)
}
