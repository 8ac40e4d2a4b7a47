package linkproxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// hopHeaders are headers between two neighbours, which go no further (RFC 9110, section 7.6.1).
var hopHeaders = [...]string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade"}

func removeHopHeaders(from http.Header) http.Header {
	h := from.Clone()
	for _, line := range from.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopHeaders {
		h.Del(name)
	}
	return h
}

// upstreamHeader is what the OAuth server is sent: the client's headers, but for the hops, what a proxy in front of us has added,
// and what would name this address as the page's.
func (p *Proxy) upstreamHeader(r *http.Request, x *exchange) http.Header {
	h := removeHopHeaders(x.RequestHeader)
	h.Del("Expect") // the body is here already
	for name := range h {
		if name == "Forwarded" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			h.Del(name)
		}
	}
	if coding, ok := h["Accept-Encoding"]; ok {
		h.Set("Accept-Encoding", supportedEncodings(strings.Join(coding, ", ")))
	}
	if _, ok := h["User-Agent"]; !ok {
		h.Set("User-Agent", "") // or net/http would say one
	}
	if x.Leg == trace.LegToken {
		return h
	}
	if origin, err := url.Parse(h.Get("Origin")); err == nil && origin.Host != "" && strings.EqualFold(origin.Host, r.Host) {
		h.Set("Origin", x.Target.Scheme+"://"+x.Target.Host)
	}
	if referer, err := url.Parse(h.Get("Referer")); err == nil && referer.Host != "" && strings.EqualFold(referer.Host, r.Host) {
		h.Set("Referer", p.upstreamURL(referer).String())
	}
	return h
}

// supportedEncodings leaves of the codings that a client takes those that the recorder can read. Most of the time that is all of
// them, in their own words.
func supportedEncodings(accepted string) string {
	var kept []string
	parts := strings.Split(accepted, ",")
	for _, part := range parts {
		coding, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		if slices.Contains([]string{"gzip", "x-gzip", "deflate", "identity"}, strings.TrimSpace(coding)) {
			kept = append(kept, strings.TrimSpace(part))
		}
	}
	switch len(kept) {
	case len(parts):
		return accepted
	case 0:
		return "identity"
	}
	return strings.Join(kept, ", ")
}

// adaptHeader changes what would not work at this address: where the answer leads, whose cookies it sets, and what it says of
// the whole origin, which is ours.
func (p *Proxy) adaptHeader(x *exchange, r *http.Request) {
	h := x.ResponseHeader.Clone()
	if location := h.Get("Location"); location != "" {
		h.Set("Location", p.localLocation(location, r.URL, x.Target))
	}
	for i, line := range h["Set-Cookie"] {
		h["Set-Cookie"][i] = removeCookieDomain(line)
	}
	for _, name := range []string{"Alt-Svc", "Clear-Site-Data", "Strict-Transport-Security"} {
		h.Del(name)
	}
	x.clientHeader = h
}

// localLocation is where the browser goes next: on this address, where that is the authorization server's own; unchanged where
// it works as it is, and where it leads elsewhere.
func (p *Proxy) localLocation(localLocation string, asked, target *url.URL) string {
	there, err := target.Parse(localLocation)
	if err != nil || !trace.SameOrigin(there, target) || p.resolvesTo(asked, localLocation, there) {
		return localLocation
	}
	if here, ok := p.localURL(there); ok {
		return here
	}
	return there.String()
}

// removeCookieDomain takes the Domain attribute off a cookie, since a browser refuses one for another host; nothing else.
func removeCookieDomain(line string) string {
	parts := strings.Split(line, ";")
	kept := slices.DeleteFunc(parts, func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return strings.EqualFold(strings.TrimSpace(name), "Domain")
	})
	return strings.Join(kept, ";")
}
