package inspect

import (
	"net/http"
	"strings"

	"lastpost/internal/inspect/present"
)

// contentSecurityPolicy allows the page's own scripts, styles and requests only, and forbids framing by other pages.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// withSecurityHeaders protects the inspector against other pages in the operator's browser. The listener on loopback
// may have no password, and every open page can send requests to loopback. So requests that change state must come from
// the same origin (against CSRF). The listener itself rejects foreign host names (against DNS rebinding).
func withSecurityHeaders(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// allowImages lets a page show images of posts. The policy names only their hosts, so that a fault in a template cannot send
// data to another one. The browser sends no referrer: the publisher does not learn the address of the inspector.
func allowImages(w http.ResponseWriter, images ...present.Image) {
	policy := contentSecurityPolicy
	for _, image := range images {
		if image.Origin != "" && !strings.Contains(policy, " "+image.Origin+" ") {
			policy = strings.Replace(policy, "img-src ", "img-src "+image.Origin+" ", 1)
		}
	}
	w.Header().Set("Content-Security-Policy", policy)
}
