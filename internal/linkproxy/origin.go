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

// originEvidence records that a page of the authorization server works only at its own origin. It is valid until expires.
type originEvidence struct{ expires time.Time }

func (o *originEvidence) isCurrent(now time.Time) bool { return o != nil && now.Before(o.expires) }

// originReason returns the reason why a page works only at the authorization server's own origin. It returns "" if it
// does not find one. It cannot detect a script that reads the address of its page.
func (p *Proxy) originReason(x *exchange) string {
	if x.ReturnsToClient {
		return ""
	}
	if to, ok := x.RedirectTarget(); ok {
		if !trace.SameOrigin(to, x.Target) {
			return "it redirects to " + to.Host
		}
		if _, ok := p.localURL(to); !ok && !p.resolvesTo(&url.URL{Path: x.LocalPath}, x.ResponseHeader.Get("Location"), to) {
			return "it redirects to " + trace.VisiblePath(to.EscapedPath()) + ", a path that the proxy uses itself"
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
		page.AddLink("meta refresh", to) // the header has the same effect as the element
	}
	return p.pageOriginReason(page, x)
}

// policyOriginReason returns a reason if a content security policy allows the authorization server by host name, and not
// by 'self'. Such a policy does not allow the proxy's host.
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

// pageOriginReason returns a reason if a link of the page would have another target at the proxy's address, or if the
// page uses a feature that is bound to its origin.
func (p *Proxy) pageOriginReason(page *trace.ParsedPage, x *exchange) string {
	pageURL := &url.URL{Scheme: "https", Host: "here.invalid"}
	setEscapedPath(pageURL, x.LocalPath)
	pageURL.RawQuery = x.Target.RawQuery
	for _, l := range page.Links {
		target, err := x.Target.Parse(l.URL)
		if err != nil || target.Scheme != "http" && target.Scheme != "https" {
			continue
		}
		sameOrigin, absolute := trace.SameOrigin(target, x.Target), strings.Contains(l.URL, "//")
		submits := strings.HasSuffix(l.Element, "action") || l.Element == "meta refresh" || l.Element == "iframe src"
		switch {
		case l.Element == "base href":
			return "its base address is " + trace.VisiblePath(l.URL)
		case sameOrigin && !absolute && !p.resolvesTo(pageURL, l.URL, target):
			return fmt.Sprintf("a link (%s) has another target at the proxy's address: %s", l.Element, trace.VisiblePath(l.URL))
		case submits && (sameOrigin && absolute || !sameOrigin && l.Element == "form action"):
			return fmt.Sprintf("its %s names %s", l.Element, target.Host)
		case !sameOrigin && isBotCheck(target):
			return "it loads " + target.Host + ", which works only at registered addresses"
		}
	}
	for _, mark := range []string{"navigator.credentials", "PublicKeyCredential"} {
		if strings.Contains(page.Script, mark) {
			return "it asks for passkeys, which are bound to its own address"
		}
	}
	return ""
}

// isBotCheck reports whether a URL belongs to a service that distinguishes people from programs, such as reCAPTCHA. Such
// a service works only on pages of registered hosts.
func isBotCheck(u *url.URL) bool {
	return strings.Contains(u.Path, "/recaptcha/") || strings.HasSuffix(u.Hostname(), "hcaptcha.com") ||
		u.Hostname() == "challenges.cloudflare.com"
}

// returnsToClient reports whether a response redirects the browser back to the client: to its redirect_uri, or to
// another host with the parameters of an authorization response.
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
			// A response_type means a new authorization request: the user signs in with another provider.
			return !to.Query().Has("response_type")
		}
	}
	return false
}
