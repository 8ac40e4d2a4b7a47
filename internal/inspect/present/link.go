package present

import (
	"net"
	"net/url"
	"strings"
	"unicode"
)

// maxLink limits a link of a post, in bytes.
const maxLink = 2000

// A Link is an address from a feed. Only an address that a browser may open has an Href.
type Link struct {
	Text string // for the reader
	Href string // "": the address is shown, but is not a link
}

// WebLink returns a link for an address from a feed. The publisher chooses it, so only absolute http and https addresses
// without user info become links: "javascript:" would run code in the inspector, "file:" and "data:" open foreign content,
// and user info hides the real host, as in https://bank.example@evil.example.
func WebLink(address string) Link {
	link := Link{Text: visible(address)}
	u, err := url.Parse(address)
	if err != nil || len(address) > maxLink || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.ContainsFunc(u.Host, isHidden) {
		return link
	}
	link.Href = u.String()
	return link
}

// An Image is an image of a post that the browser may fetch from the publisher.
type Image struct {
	Link
	Source string // address for an img element; "": only the link is shown
	Origin string // scheme and host of Source, for the content security policy
}

// WebImage returns an image for an address from a feed. The browser of the operator fetches it, so it must not reach the
// operator's own network: a feed could name http://192.168.0.1/reboot. Only https with a public host name is shown.
func WebImage(address string) Image {
	image := Image{Link: WebLink(address)}
	u, err := url.Parse(image.Href)
	if err != nil || u.Scheme != "https" || !isPublicName(u.Hostname()) || !isPort(u.Port()) {
		return image
	}
	image.Source, image.Origin = image.Href, "https://"+u.Host
	return image
}

// isPublicName reports whether host is a DNS name of ASCII letters that can be outside of the local network. A policy has
// no room for other characters: a host with a semicolon could add a directive.
func isPublicName(host string) bool {
	host = strings.ToLower(host)
	for _, r := range host {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case net.ParseIP(host) != nil, last == host, last == "", last[0] >= '0' && last[0] <= '9':
		return false // an address, also in a form such as 0x7f.1, or a name without a domain
	}
	for _, local := range []string{"localhost", "local", "internal", "lan", "home", "corp", "intranet", "private", "home.arpa"} {
		if strings.HasSuffix(host, "."+local) {
			return false
		}
	}
	return true
}

// isPort reports whether text is "" or the number of a port. The URL parser has checked that it has only digits.
func isPort(text string) bool { return len(text) <= 5 }

// visible returns text with hidden characters escaped. Characters that change the direction of text could make an address
// look like another one.
func visible(text string) string {
	if !strings.ContainsFunc(text, isHidden) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if isHidden(r) {
			out.WriteString(url.PathEscape(string(r)))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func isHidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}
