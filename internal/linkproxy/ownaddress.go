package linkproxy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// An ownAddress is that pages were seen to need it, and until when that is believed.
type ownAddress struct{ until time.Time }

func (o *ownAddress) holds(now time.Time) bool { return o != nil && now.Before(o.until) }

// needsOwnAddress says why an answer would not work at another address than the authorization server's; "": nothing shows
// that. What a script does with its own address in secret cannot be told.
func (p *Proxy) needsOwnAddress(x *exchange) string {
	if x.leadsBack {
		return ""
	}
	if to, ok := x.redirects(); ok {
		if !sameOrigin(to, x.target) {
			return "it leads to " + to.Host
		}
		if _, ok := p.local(to); !ok && !p.leadsTo(&url.URL{Path: x.asked}, x.answer.Get("Location"), to) {
			return "it leads to " + pathOf(to.EscapedPath()) + ", which means something else here"
		}
		return ""
	}
	if !isPage(x.answer) {
		return ""
	}
	if reason := policyNeeds(x.answer, x.target); reason != "" {
		return reason
	}
	document, ok := decoded(x.answer, x.content)
	if !ok {
		return ""
	}
	page := readPage(document)
	if to, ok := refreshTo(x.answer.Get("Refresh")); ok {
		page.lead("meta refresh", to) // as a page says it
	}
	return p.pageNeeds(page, x)
}

// redirects gives where an answer sends the browser.
func (x *exchange) redirects() (*url.URL, bool) {
	location := x.answer.Get("Location")
	if x.status < 300 || x.status > 399 || location == "" {
		return nil, false
	}
	to, err := x.target.Parse(location)
	return to, err == nil && to.Host != ""
}

// policyNeeds finds a content security policy that allows the authorization server by its name, and not by 'self': this
// address is not in it.
func policyNeeds(h http.Header, target *url.URL) string {
	for _, policy := range h.Values("Content-Security-Policy") {
		for directive := range strings.SplitSeq(policy, ";") {
			words := strings.Fields(strings.ToLower(directive))
			if len(words) < 2 || !slices.Contains([]string{"default-src", "script-src", "style-src", "connect-src", "form-action"}, words[0]) {
				continue
			}
			named := slices.ContainsFunc(words[1:], func(source string) bool { return strings.Contains(source, strings.ToLower(target.Hostname())) })
			if named && !slices.Contains(words, "'self'") {
				return "its content security policy allows " + target.Host + " by name (" + words[0] + ")"
			}
		}
	}
	return ""
}

// pageNeeds follows a page's links, as the browser would from here.
func (p *Proxy) pageNeeds(page *page, x *exchange) string {
	asked := &url.URL{Scheme: "https", Host: "here.invalid"}
	setEscapedPath(asked, x.asked)
	asked.RawQuery = x.target.RawQuery
	for _, l := range page.links {
		there, err := x.target.Parse(l.to)
		if err != nil || there.Scheme != "http" && there.Scheme != "https" {
			continue
		}
		own, whole := sameOrigin(there, x.target), strings.Contains(l.to, "//")
		submits := strings.HasSuffix(l.at, "action") || l.at == "meta refresh" || l.at == "iframe src"
		switch {
		case l.at == "base href":
			return "its links are meant from " + pathOf(l.to)
		case own && !whole && !p.leadsTo(asked, l.to, there):
			return fmt.Sprintf("a link (%s) leads to another place from here: %s", l.at, pathOf(l.to))
		case submits && (own && whole || !own && l.at == "form action"):
			return fmt.Sprintf("its %s names %s", l.at, there.Host)
		case !own && guards(there):
			return "it loads " + there.Host + ", which works at the addresses it knows only"
		}
	}
	for _, mark := range []string{"navigator.credentials", "PublicKeyCredential"} {
		if strings.Contains(page.script, mark) {
			return "it asks for passkeys, which belong to its own address"
		}
	}
	return ""
}

// guards are services that tell people from programs, at the addresses that they were set up for.
func guards(u *url.URL) bool {
	return strings.Contains(u.Path, "/recaptcha/") || strings.HasSuffix(u.Hostname(), "hcaptcha.com") || u.Hostname() == "challenges.cloudflare.com"
}

// pathOf is a link without what may be a secret: query, fragment, and what a machine has made of its path. It stands in the
// log, where no masks are.
func pathOf(link string) string {
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		link = link[:end]
	}
	return random.ReplaceAllStringFunc(cut(link, 300), func(word string) string {
		if madeByMachine(word) {
			return "…"
		}
		return word
	})
}

// leadsBackTo reports whether an answer sends the browser back to who asked: to the redirect_uri, or to another host with
// what is given there.
func (x *exchange) leadsBackTo(redirectURI string) bool {
	to, ok := x.redirects()
	if !ok {
		return false
	}
	if wanted, err := url.Parse(redirectURI); err == nil && wanted.Host != "" && sameOrigin(to, wanted) && to.EscapedPath() == wanted.EscapedPath() {
		return true
	}
	if sameOrigin(to, x.target) {
		return false
	}
	fragment, _ := url.ParseQuery(to.EscapedFragment())
	for _, name := range []string{"code", "error", "access_token"} {
		if to.Query().Has(name) || fragment.Has(name) {
			// One that asks another authorization server, to sign in with, has a response_type.
			return !to.Query().Has("response_type")
		}
	}
	return false
}
