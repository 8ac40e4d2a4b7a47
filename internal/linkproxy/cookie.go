package linkproxy

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// localCookies returns the Set-Cookie lines for the browser in place of one line of the authorization server.
//
// It removes the Domain attribute, because a browser rejects a cookie for another host. The authorization endpoint's folder
// has two paths at the proxy: its own, and Path. So a cookie for this folder, for a folder above it or for a page in it is
// set for both, each with the whole path. Otherwise the browser would send it to one of them only, and the sign-in would
// forget its session. A cookie without a path belongs to the folder of the page that set it.
//
// A browser accepts a name with the prefix __Host- only with the path "/". This path covers both, so these lines stay
// unchanged.
func (p *Proxy) localCookies(line string, target *url.URL) []string {
	parts := strings.Split(line, ";")
	attributes := slices.DeleteFunc(slices.Clone(parts[1:]), func(part string) bool { return isAttribute(part, "Domain") })
	join := func(more ...string) string { return strings.Join(slices.Concat(parts[:1], more), ";") }
	at, hasPath := cookiePath(attributes, target)
	local, twice := p.localCookiePath(at)
	lines := []string{join(attributes...)}
	if !hasPath && (twice || isBelow(target.EscapedPath(), strings.TrimRight(p.folder(), "/"))) {
		lines[0] += "; Path=" + at
	}
	if twice {
		lines = append(lines, join(slices.DeleteFunc(slices.Clone(attributes), isPath)...)+"; Path="+local)
	}
	return lines
}

// folder returns the path of the authorization endpoint's folder, with its last slash.
func (p *Proxy) folder() string { return parentPath(p.AuthorizationURL.EscapedPath()) }

func isAttribute(part, name string) bool {
	given, _, _ := strings.Cut(part, "=")
	return strings.EqualFold(strings.TrimSpace(given), name)
}

func isPath(part string) bool { return isAttribute(part, "Path") }

// cookiePath returns the path of a cookie (RFC 6265, section 5.2.4): the last Path attribute, or the folder of the page.
// hasPath reports whether it is the attribute.
func cookiePath(attributes []string, target *url.URL) (at string, hasPath bool) {
	for _, part := range attributes {
		if isPath(part) {
			_, at, _ = strings.Cut(part, "=")
			at = strings.TrimSpace(at)
		}
	}
	if !strings.HasPrefix(at, "/") {
		return defaultCookiePath(target), false
	}
	return at, true
}

// defaultCookiePath returns the folder of a page (RFC 6265, section 5.1.4).
func defaultCookiePath(target *url.URL) string {
	return cmp.Or(strings.TrimSuffix(parentPath(target.EscapedPath()), "/"), "/")
}

// localCookiePath returns the path below Path to which a cookie with a path of the authorization server belongs too. It
// returns false if the cookie does not apply to the authorization endpoint's folder, or if its own path covers both.
func (p *Proxy) localCookiePath(at string) (string, bool) {
	if coversPath(at, p.Path+"/authorize") && coversPath(at, p.Path+"/x") {
		return "", false
	}
	if at == p.AuthorizationURL.EscapedPath() {
		return p.Path + "/authorize", true
	}
	if coversPath(at, p.folder()) {
		return p.Path, true
	}
	if rest, ok := strings.CutPrefix(at, p.folder()); ok {
		return p.Path + "/" + rest, true
	}
	return "", false
}

// coversPath reports whether a browser sends a cookie with the path at to the path name (RFC 6265, section 5.1.4).
func coversPath(at, name string) bool {
	rest, ok := strings.CutPrefix(name, at)
	return ok && (rest == "" || strings.HasSuffix(at, "/") || strings.HasPrefix(rest, "/"))
}
