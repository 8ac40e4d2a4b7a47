package linkproxy

import (
	"cmp"
	"net/url"
	"path"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// Where a thing lies at the authorization server, and where it is found here. The endpoint itself is at Path/authorize,
// and what lies beside it is beside that, so that a page's relative links lead where they should. All else has the same
// path here as there, so that links from the root, and the paths of cookies, need no change.

// isBelow reports whether a path is base or below it.
func isBelow(name, base string) bool { return name == base || strings.HasPrefix(name, base+"/") }

// upstreamURL is the address at the authorization server of what is asked for here. Scheme and host are the configuration's.
func (p *Proxy) upstreamURL(asked *url.URL) *url.URL {
	escaped := asked.EscapedPath()
	if rest, ok := strings.CutPrefix(escaped, p.Path+"/"); ok {
		escaped = parentPath(p.AuthorizationURL.EscapedPath()) + rest
		if rest == "authorize" {
			return withQuery(p.AuthorizationURL, asked)
		}
	}
	target := &url.URL{Scheme: p.AuthorizationURL.Scheme, Host: p.AuthorizationURL.Host, RawQuery: asked.RawQuery,
		ForceQuery: asked.ForceQuery}
	setEscapedPath(target, escaped)
	return target
}

// resolvesTo reports whether a link on the page asked leads, from here, to the same thing as there, which is where it leads
// from the page at the authorization server.
func (p *Proxy) resolvesTo(asked *url.URL, link string, there *url.URL) bool {
	here, err := asked.Parse(link)
	if err != nil || here.Host != asked.Host {
		return false
	}
	return !p.isReserved(here.EscapedPath()) && isSameResource(p.upstreamURL(here), there)
}

// isReserved reports whether a path means something else here.
func (p *Proxy) isReserved(escaped string) bool { return escaped == p.Path+"/token" }

// localURL is the address here of what lies at the authorization server, without scheme and host; false: there is none.
func (p *Proxy) localURL(there *url.URL) (string, bool) {
	here := &url.URL{RawQuery: there.RawQuery, ForceQuery: there.ForceQuery}
	setEscapedPath(here, there.EscapedPath())
	if p.isReserved(here.EscapedPath()) || !isSameResource(p.upstreamURL(here), there) {
		return "", false
	}
	here.Fragment, here.RawFragment = there.Fragment, there.RawFragment
	text := here.String()
	if strings.HasPrefix(text, "//") {
		text = "/." + text // a path that begins with two slashes would be taken for a host
	}
	return text, true
}

// withQuery adds the query of what is asked to an address that may have one of its own, byte for byte.
func withQuery(base, asked *url.URL) *url.URL {
	u := *base
	switch {
	case u.RawQuery == "":
		u.RawQuery, u.ForceQuery = asked.RawQuery, asked.ForceQuery
	case asked.RawQuery != "":
		u.RawQuery += "&" + asked.RawQuery
	}
	return &u
}

// isSameResource reports whether a server is asked for the same thing by both.
func isSameResource(a, b *url.URL) bool {
	return trace.SameOrigin(a, b) && a.RawQuery == b.RawQuery && (a.EscapedPath() == b.EscapedPath() || isRootPath(a) && isRootPath(b))
}

func isRootPath(u *url.URL) bool { return u.EscapedPath() == "" || u.EscapedPath() == "/" }

// parentPath is the path up to its last slash.
func parentPath(escaped string) string {
	dir, _ := path.Split(escaped)
	return cmp.Or(dir, "/")
}

// setEscapedPath keeps a path's escapes as they are.
func setEscapedPath(u *url.URL, escaped string) {
	escaped = cmp.Or(escaped, "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil { // was parsed before
		plain = escaped
	}
	u.Path, u.RawPath = plain, escaped
}
