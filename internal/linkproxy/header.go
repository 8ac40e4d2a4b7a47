package linkproxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// hopHeaders apply to one connection only (RFC 9110, section 7.6.1).
var hopHeaders = [...]string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade"}

// removeHopHeaders returns a copy of a header without the headers that apply to one connection only.
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

// upstreamHeader returns the header for the OAuth server: the client's header without connection headers and without
// the headers that only a proxy may set (see claimsTrust). Origin and Referer name the OAuth server.
func (p *Proxy) upstreamHeader(r *http.Request, x *exchange) http.Header {
	h := removeHopHeaders(x.RequestHeader)
	h.Del("Expect") // the proxy has already read the body, so the server need not confirm that it wants it
	removeTrustHeaders(h, r.RemoteAddr)
	if coding, ok := h["Accept-Encoding"]; ok {
		h.Set("Accept-Encoding", supportedEncodings(strings.Join(coding, ", ")))
	}
	if _, ok := h["User-Agent"]; !ok {
		h.Set("User-Agent", "") // otherwise net/http would add one
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

// supportedEncodings removes from an Accept-Encoding value the codings that the recorder cannot read. The other codings
// stay unchanged.
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

// adaptHeader changes the response headers that would not work at the proxy's address: the target of a redirect and the
// domain of cookies. It removes headers that apply to a whole origin, because this origin belongs to the service.
func (p *Proxy) adaptHeader(x *exchange, r *http.Request) {
	h := x.ResponseHeader.Clone()
	if location := h.Get("Location"); location != "" {
		h.Set("Location", p.localLocation(location, r.URL, x.Target))
	}
	if cookies := h["Set-Cookie"]; len(cookies) > 0 {
		h["Set-Cookie"] = nil
		for _, line := range cookies {
			h["Set-Cookie"] = append(h["Set-Cookie"], p.localCookies(line, x.Target)...)
		}
	}
	for _, name := range []string{"Alt-Svc", "Clear-Site-Data", "Strict-Transport-Security"} {
		h.Del(name)
	}
	x.clientHeader = h
}

// localLocation returns a Location header that leads the browser to the same target through the proxy. It returns
// location unchanged if the browser resolves it correctly, or if the target is on another host.
func (p *Proxy) localLocation(location string, pageURL, base *url.URL) string {
	target, err := base.Parse(location)
	if err != nil || !trace.SameOrigin(target, base) || p.resolvesTo(pageURL, location, target) {
		return location
	}
	if local, ok := p.localURL(target); ok {
		return local
	}
	return target.String()
}
