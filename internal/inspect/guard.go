package inspect

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy lets the browser load nothing from anywhere else, run no script but the page's own, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard is for what other pages of the operator's browser could do. The listener may ask for no password, as it is on
// loopback, where every page that is open in the browser can send requests to.
//
//   - A page that has its own name lead to 127.0.0.1 (DNS rebinding) would be of the same origin as this one, and could
//     read it: the name that the browser asks for must be one of ours. An address is no name that can be led elsewhere.
//   - A page elsewhere could send the form (CSRF): what changes anything must come from this origin.
func (p *Page) guard(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		if !p.ours(r.Host) {
			http.Error(w, "this service does not go by that name here: use localhost, its address, or the name in admin.listen", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ours tells whether a Host header is a name of this listener's.
func (p *Page) ours(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || host != "" && p.Named != nil && p.Named(host)
}
