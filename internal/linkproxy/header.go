package linkproxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lastpost/internal/linkproxy/trace"
)

// hops are headers between two neighbours, which go no further (RFC 9110, section 7.6.1).
var hops = [...]string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade"}

func withoutHops(from http.Header) http.Header {
	h := from.Clone()
	for _, line := range from.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hops {
		h.Del(name)
	}
	return h
}

// towards is what the OAuth server is sent: the client's headers, but for the hops, what a proxy in front of us has added,
// and what would name this address as the page's.
func (p *Proxy) towards(r *http.Request, x *exchange) http.Header {
	h := withoutHops(x.Header)
	h.Del("Expect") // the body is here already
	for name := range h {
		if name == "Forwarded" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-") {
			h.Del(name)
		}
	}
	if coding, ok := h["Accept-Encoding"]; ok {
		h.Set("Accept-Encoding", readable(strings.Join(coding, ", ")))
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
		h.Set("Referer", p.upstream(referer).String())
	}
	return h
}

// readable leaves of the codings that a client takes those that the recorder can read. Most of the time that is all of
// them, in their own words.
func readable(accepted string) string {
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

// adapt changes what would not work at this address: where the answer leads, whose cookies it sets, and what it says of
// the whole origin, which is ours.
func (p *Proxy) adapt(x *exchange, r *http.Request) {
	h := x.Answer.Clone()
	if location := h.Get("Location"); location != "" {
		h.Set("Location", p.location(location, r.URL, x.Target))
	}
	for i, line := range h["Set-Cookie"] {
		h["Set-Cookie"][i] = withoutDomain(line)
	}
	for _, name := range []string{"Alt-Svc", "Clear-Site-Data", "Strict-Transport-Security"} {
		h.Del(name)
	}
	x.given = h
}

// location is where the browser goes next: on this address, where that is the authorization server's own; unchanged where
// it works as it is, and where it leads elsewhere.
func (p *Proxy) location(location string, asked, target *url.URL) string {
	there, err := target.Parse(location)
	if err != nil || !trace.SameOrigin(there, target) || p.leadsTo(asked, location, there) {
		return location
	}
	if here, ok := p.local(there); ok {
		return here
	}
	return there.String()
}

// withoutDomain takes the Domain attribute off a cookie, since a browser refuses one for another host; nothing else.
func withoutDomain(line string) string {
	parts := strings.Split(line, ";")
	kept := slices.DeleteFunc(parts, func(part string) bool {
		name, _, _ := strings.Cut(part, "=")
		return strings.EqualFold(strings.TrimSpace(name), "Domain")
	})
	return strings.Join(kept, ";")
}
