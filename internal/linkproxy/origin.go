package linkproxy

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"lastpost/internal/linkproxy/trace"
)

// originEvidence records that a page of the authorization server works only at its own origin. One client alone cannot
// change how the service handles other clients: a stranger can reach such a page with parameters of its own. So the
// evidence of one client applies to this client, and the evidence of two clients applies to all. It ends after
// originEvidenceTTL.
type originEvidence struct {
	mu      sync.Mutex
	client  string // the client that saw such a page
	all     bool   // two clients saw one
	expires time.Time
}

// appliesTo reports whether there is evidence for a client.
func (o *originEvidence) appliesTo(client string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return now.Before(o.expires) && (o.all || o.client == client)
}

// add records that a client saw such a page. It returns true if this is the first evidence of a client or for all
// clients, and whether it applies to all.
func (o *originEvidence) add(client string, now time.Time) (changed, all bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !now.Before(o.expires):
		o.client, o.all = client, false
	case o.all || o.client == client:
		return false, o.all
	default:
		o.all = true
	}
	o.expires = now.Add(originEvidenceTTL)
	return true, o.all
}

// addOriginEvidence records that a client saw a page that works only at its own origin, and logs new evidence.
func (p *Proxy) addOriginEvidence(client, reason string) {
	changed, all := p.ownOrigin.add(client, p.Now())
	if !changed {
		return
	}
	scope := "a browser is redirected to it"
	if all {
		scope = "browsers are redirected to it for an hour"
	}
	p.Log.Warn("account linking: the authorization server's pages require their own origin; "+scope, "reason", reason,
		"remedy", "set account_linking.authorize: redirect; or set it to proxy to forward the pages anyway")
}

// followRedirect records the page that a redirect of the authorization endpoint leads to, also through further redirects.
// Only such a page is evidence for the origin, because a link or a form may lead anywhere.
func (f *flow) followRedirect(x *exchange) {
	to, ok := x.RedirectTarget()
	follows := x.Leg == trace.LegAuthorize || f.next == pageKey(x.Target)
	switch {
	case follows && ok && x.Method != http.MethodPost:
		f.next = pageKey(to)
	case follows:
		f.next = ""
	}
}

// pageKey identifies a page in a cookie: a short hash of path and query.
func pageKey(u *url.URL) string {
	sum := sha256.Sum256([]byte(cmp.Or(u.EscapedPath(), "/") + "?" + u.RawQuery))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

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
		if x.isRedirectHost(target) && l.Element == "form action" {
			continue // the form posts the response to Amazon, which works from any address
		}
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

// isRedirectHost reports whether a URL leads to the host of the browser's redirect_uri.
func (x *exchange) isRedirectHost(target *url.URL) bool {
	if x.AuthorizeURL == nil {
		return false
	}
	to, err := url.Parse(x.AuthorizeURL.Query().Get("redirect_uri"))
	return err == nil && to.Host != "" && trace.SameOrigin(to, target)
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
