package linkproxytest

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
)

// A siteJar stores cookies as a browser does that knows SameSite. It drops a cookie with SameSite=None without Secure. While
// the navigation began at another site, it does not send the cookies with SameSite=Strict, also after a redirect.
type siteJar struct {
	all, lax  *cookiejar.Jar // lax has no cookies with SameSite=Strict
	crossSite bool
}

func newSiteJar(t testing.TB) *siteJar {
	all, err := cookiejar.New(nil)
	must(t, err)
	lax, err := cookiejar.New(nil)
	must(t, err)
	return &siteJar{all: all, lax: lax}
}

// SetCookies stores the cookies of a response.
func (j *siteJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.SameSite == http.SameSiteNoneMode && !c.Secure {
			continue
		}
		j.all.SetCookies(u, []*http.Cookie{c})
		if c.SameSite != http.SameSiteStrictMode {
			j.lax.SetCookies(u, []*http.Cookie{c})
		}
	}
}

// Cookies returns the cookies for a request.
func (j *siteJar) Cookies(u *url.URL) []*http.Cookie {
	if j.crossSite {
		return j.lax.Cookies(u)
	}
	return j.all.Cookies(u)
}
