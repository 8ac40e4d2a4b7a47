package linkproxy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// An ownAddress is that pages were seen to need it, and until when that is believed.
type originEvidence struct{ expires time.Time }

func (o *originEvidence) isCurrent(now time.Time) bool { return o != nil && now.Before(o.expires) }

// originReason says why an answer would not work at another address than the authorization server's; "": nothing shows
// that. What a script does with its own address in secret cannot be told.
func (p *Proxy) originReason(x *exchange) string {
	if x.ReturnsToClient {
		return ""
	}
	if to, ok := x.RedirectTarget(); ok {
		if !trace.SameOrigin(to, x.Target) {
			return "it leads to " + to.Host
		}
		if _, ok := p.localURL(to); !ok && !p.resolvesTo(&url.URL{Path: x.LocalPath}, x.ResponseHeader.Get("Location"), to) {
			return "it leads to " + trace.VisiblePath(to.EscapedPath()) + ", which means something else here"
		}
		return ""
	}
	if !trace.IsHTML(x.ResponseHeader) {
		return ""
	}
	if reason := policyOriginReason(x.ResponseHeader, x.Target); reason != "" {
		return reason
	}
	document, ok := trace.DecodeBody(x.ResponseHeader, x.ResponseBody)
	if !ok {
		return ""
	}
	page := trace.ParsePage(document)
	if to, ok := trace.RefreshTarget(x.ResponseHeader.Get("Refresh")); ok {
		page.AddLink("meta refresh", to) // as a page says it
	}
	return p.pageOriginReason(page, x)
}

// policyOriginReason finds a content security policy that allows the authorization server by its name, and not by 'self': this
// address is not in it.
func policyOriginReason(h http.Header, target *url.URL) string {
	for _, policy := range h.Values("Content-Security-Policy") {
		for directive := range strings.SplitSeq(policy, ";") {
			words := strings.Fields(strings.ToLower(directive))
			if len(words) < 2 || !slices.Contains([]string{"default-src", "script-src", "style-src", "connect-src", "form-action"},
				words[0]) {
				continue
			}
			named := slices.ContainsFunc(words[1:],
				func(source string) bool { return strings.Contains(source, strings.ToLower(target.Hostname())) })
			if named && !slices.Contains(words, "'self'") {
				return "its content security policy allows " + target.Host + " by name (" + words[0] + ")"
			}
		}
	}
	return ""
}

// pageOriginReason follows a page's links, as the browser would from here.
func (p *Proxy) pageOriginReason(page *trace.ParsedPage, x *exchange) string {
	asked := &url.URL{Scheme: "https", Host: "here.invalid"}
	setEscapedPath(asked, x.LocalPath)
	asked.RawQuery = x.Target.RawQuery
	for _, l := range page.Links {
		there, err := x.Target.Parse(l.URL)
		if err != nil || there.Scheme != "http" && there.Scheme != "https" {
			continue
		}
		own, whole := trace.SameOrigin(there, x.Target), strings.Contains(l.URL, "//")
		submits := strings.HasSuffix(l.Element, "action") || l.Element == "meta refresh" || l.Element == "iframe src"
		switch {
		case l.Element == "base href":
			return "its links are meant from " + trace.VisiblePath(l.URL)
		case own && !whole && !p.resolvesTo(asked, l.URL, there):
			return fmt.Sprintf("a link (%s) leads to another place from here: %s", l.Element, trace.VisiblePath(l.URL))
		case submits && (own && whole || !own && l.Element == "form action"):
			return fmt.Sprintf("its %s names %s", l.Element, there.Host)
		case !own && isBotCheck(there):
			return "it loads " + there.Host + ", which works at the addresses it knows only"
		}
	}
	for _, mark := range []string{"navigator.credentials", "PublicKeyCredential"} {
		if strings.Contains(page.Script, mark) {
			return "it asks for passkeys, which belong to its own address"
		}
	}
	return ""
}

// isBotCheck are services that tell people from programs, at the addresses that they were set up for.
func isBotCheck(u *url.URL) bool {
	return strings.Contains(u.Path, "/recaptcha/") || strings.HasSuffix(u.Hostname(), "hcaptcha.com") ||
		u.Hostname() == "challenges.cloudflare.com"
}

// returnsToClient reports whether an answer sends the browser back to who asked: to the redirect_uri, or to another host with
// what is given there.
func (x *exchange) returnsToClient(redirectURI string) bool {
	to, ok := x.RedirectTarget()
	if !ok {
		return false
	}
	if wanted, err := url.Parse(redirectURI); err == nil && wanted.Host != "" && trace.SameOrigin(to, wanted) &&
		to.EscapedPath() == wanted.EscapedPath() {
		return true
	}
	if trace.SameOrigin(to, x.Target) {
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
