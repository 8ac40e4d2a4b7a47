package limits

import (
	"fmt"
	"net/http"
	"strings"
)

// Limits of the parts of a header. Amazon's requests have about 10 fields, a browser's about 20, and proxies such as nginx
// and Cloudflare add up to 20. Apache, Envoy and HAProxy allow about 100 fields. A browser sends at most 180 cookies to one
// host.
const (
	maxHeaderFields = 128
	maxCookies      = 256
	maxQueryParams  = 256
)

// HeaderExcess names the part of a request's header that is too numerous. It returns "" if none is.
func HeaderExcess(r *http.Request) string {
	fields := 0
	for _, values := range r.Header {
		fields += len(values)
	}
	cookies := 0
	for _, line := range r.Header["Cookie"] {
		cookies += 1 + strings.Count(line, ";")
	}
	params := 1 + strings.Count(r.URL.RawQuery, "&")
	switch {
	case fields > maxHeaderFields:
		return fmt.Sprintf("%d fields (at most %d)", fields, maxHeaderFields)
	case cookies > maxCookies:
		return fmt.Sprintf("%d cookies (at most %d)", cookies, maxCookies)
	case params > maxQueryParams:
		return fmt.Sprintf("%d query parameters (at most %d)", params, maxQueryParams)
	}
	return ""
}
