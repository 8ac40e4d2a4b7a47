package inspect

import "net/http"

// policy lets the browser load nothing from anywhere else, run no script but the page's own, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard is for what other pages of the operator's browser could do. The listener may ask for no password, as it is on
// loopback, where every page that is open in the browser can send requests to: one could send the form (CSRF), so what
// changes anything must come from this origin. That none reads a page under a name of its own (DNS rebinding) is for the
// listener to see to, which has more to tell than these pages.
func guard(next http.Handler) http.Handler {
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
		next.ServeHTTP(w, r)
	})
}
