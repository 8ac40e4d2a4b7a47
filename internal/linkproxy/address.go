package linkproxy

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// These functions map the authorization server's URLs to the proxy's and back. The authorization endpoint is
// Path/authorize, and the paths beside the endpoint are beside Path/authorize, so that a page's relative links work.
// Every other path is the same on both servers, so that links from the root and cookie paths need no change.

// isBelow reports whether a path is base or below it.
func isBelow(name, base string) bool { return name == base || strings.HasPrefix(name, base+"/") }

// upstreamURL returns the authorization server's URL for a request to the proxy. Scheme and host always come from the
// configuration: a request cannot choose another host.
func (p *Proxy) upstreamURL(requested *url.URL) *url.URL {
	escaped := requested.EscapedPath()
	if rest, ok := strings.CutPrefix(escaped, p.Path+"/"); ok {
		escaped = parentPath(p.AuthorizationURL.EscapedPath()) + rest
		if rest == "authorize" {
			return withQuery(p.AuthorizationURL, requested)
		}
	}
	target := &url.URL{Scheme: p.AuthorizationURL.Scheme, Host: p.AuthorizationURL.Host, RawQuery: requested.RawQuery,
		ForceQuery: requested.ForceQuery}
	setEscapedPath(target, escaped)
	return target
}

// resolvesTo reports whether a link on the page at pageURL leads to target when the browser resolves it at the proxy's
// address.
func (p *Proxy) resolvesTo(pageURL *url.URL, link string, target *url.URL) bool {
	local, err := pageURL.Parse(link)
	if err != nil || local.Host != pageURL.Host {
		return false
	}
	return !p.isReserved(local.EscapedPath()) && isSameResource(p.upstreamURL(local), target)
}

// isReserved reports whether a path at the proxy does not lead to the authorization server, because it is the proxy's
// token endpoint.
func (p *Proxy) isReserved(escaped string) bool { return escaped == p.Path+"/token" }

// localURL returns the URL at the proxy, without scheme and host, for a URL of the authorization server. It returns
// false if no URL at the proxy leads to target.
func (p *Proxy) localURL(target *url.URL) (string, bool) {
	local := &url.URL{RawQuery: target.RawQuery, ForceQuery: target.ForceQuery}
	setEscapedPath(local, target.EscapedPath())
	if p.isReserved(local.EscapedPath()) || !isSameResource(p.upstreamURL(local), target) {
		return "", false
	}
	local.Fragment, local.RawFragment = target.Fragment, target.RawFragment
	text := local.String()
	if strings.HasPrefix(text, "//") {
		text = "/." + text // a browser would read two leading slashes as the start of a host
	}
	return text, true
}

// withQuery appends the query of requested to base, byte for byte. base may have a query.
func withQuery(base, requested *url.URL) *url.URL {
	u := *base
	switch {
	case u.RawQuery == "":
		u.RawQuery, u.ForceQuery = requested.RawQuery, requested.ForceQuery
	case requested.RawQuery != "":
		u.RawQuery += "&" + requested.RawQuery
	}
	return &u
}

// isSameResource reports whether two URLs request the same resource.
func isSameResource(a, b *url.URL) bool {
	return trace.SameOrigin(a, b) && a.RawQuery == b.RawQuery && (a.EscapedPath() == b.EscapedPath() || isRootPath(a) && isRootPath(b))
}

func isRootPath(u *url.URL) bool { return u.EscapedPath() == "" || u.EscapedPath() == "/" }

// parentPath returns the path up to its last slash.
func parentPath(escaped string) string {
	dir, _ := path.Split(escaped)
	return cmp.Or(dir, "/")
}

// setEscapedPath sets a path and keeps its escapes unchanged.
func setEscapedPath(u *url.URL, escaped string) {
	escaped = cmp.Or(escaped, "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil { // never happens, because the path comes from a parsed URL
		plain = escaped
	}
	u.Path, u.RawPath = plain, escaped
}
