package fetch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// recordingProxy is an HTTP proxy that connects to nothing. It records the targets of the requests.
type recordingProxy struct {
	*httptest.Server
	mu      sync.Mutex
	targets []string
}

// newProxiedTransport returns a transport like that of a service with HTTPS_PROXY and HTTP_PROXY.
func newProxiedTransport(t *testing.T) (*recordingProxy, *http.Transport) {
	p := new(recordingProxy)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.targets = append(p.targets, r.RequestURI)
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(p.Close)
	address, err := url.Parse(p.URL)
	require.NoError(t, err)
	transport := NewTransport(nil)
	transport.Proxy = http.ProxyURL(address)
	return p, transport
}

func (p *recordingProxy) takeTargets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	targets := p.targets
	p.targets = nil
	return targets
}

// TestProxyGetsNoHostileHost sends requests through a proxy, which resolves the names. So only the check of the name
// protects the proxy's network.
func TestProxyGetsNoHostileHost(t *testing.T) {
	proxy, transport := newProxiedTransport(t)
	for _, host := range feedtest.HostileHosts() {
		for _, scheme := range []string{"http://", "https://"} {
			u, err := url.Parse(scheme + host + "/latest/meta-data/")
			if err != nil {
				continue // refused even earlier
			}
			client := Client{Transport: transport, Configured: &url.URL{Scheme: "https", Host: "blog.example"}}
			_, err = client.Get(t.Context(), u, Validators{})
			require.Error(t, err)
			require.Empty(t, proxy.takeTargets(), "%+q", host)
			require.True(t, isAnyOf(err, feed.ErrPrivate, feed.ErrAddress), "%+q: %v", host, err)
		}
	}
}

func isAnyOf(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

// TestProxyGetsCanonicalHost checks that the checked host is the requested host, in the request line and in Host.
func TestProxyGetsCanonicalHost(t *testing.T) {
	proxy, transport := newProxiedTransport(t)
	for given, want := range map[string]string{
		"https://müller.example/a":       "xn--mller-kva.example:443",
		"http://MÜLLER.example:8080/a?b": "http://xn--mller-kva.example:8080/a?b",
		"https://例え。jp/":                 "xn--r8jz45g.jp:443",
		"https://xn--r8jz45g.jp/":        "xn--r8jz45g.jp:443",
		"https://m%C3%BCller.example./":  "xn--mller-kva.example:443",
		"https://i❤.ws/":                 "xn--i-7iq.ws:443",
		"http://My_Blog.example/":        "http://my_blog.example/",
		"http://-x-.example/":            "http://-x-.example/",
		"http://０10.8.8.8/":              "http://8.8.8.8/",
		"http://134744072/":              "http://8.8.8.8/",
		"https://[::ffff:8.8.8.8]/":      "8.8.8.8:443",
		"https://[2606:4700:0:0::1111]/": "[2606:4700::1111]:443",
		"http://blog.example.:80/":       "http://blog.example:80/",
		"http://faß.example/":            "http://xn--fa-hia.example/",
	} {
		u, err := url.Parse(given)
		require.NoError(t, err)
		client := Client{Transport: transport}
		_, err = client.Get(t.Context(), u, Validators{})
		require.Error(t, err, "the proxy answers 502")
		require.Equal(t, []string{want}, proxy.takeTargets(), given)
	}
}

// TestUnusableProxy checks that a request never bypasses a proxy that the operator set, and that the fault names the proxy.
func TestUnusableProxy(t *testing.T) {
	for _, c := range []struct{ claim, address, want string }{
		{"not a URL", "::::", "HTTPS_PROXY is not the URL of a proxy"},
		{"not a URL, with a password", "http://user:S3CRET@proxy example:1", "HTTPS_PROXY is not the URL of a proxy"},
		{"another scheme", "ftp://proxy.example:1", "proxyconnect"},
		{"a host that does not exist", "http://proxy.invalid:3128", "proxyconnect"},
	} {
		for _, configured := range []*url.URL{nil, {Scheme: "https", Host: "blog.example"}} {
			t.Setenv("HTTPS_PROXY", c.address)
			client := Client{Configured: configured, Transport: NewTransport(nil)}
			_, err := client.Get(t.Context(), &url.URL{Scheme: "https", Host: "blog.example", Path: "/feed/"}, Validators{})
			require.ErrorIs(t, err, feed.ErrUnreachable, c.claim)
			require.ErrorContains(t, err, c.want, c.claim)
			require.NotContains(t, err.Error(), "S3CRET")
			require.Equal(t, "check the proxy that HTTP_PROXY or HTTPS_PROXY names", feed.Remedy(err), c.claim)
		}
	}
}

func TestProxyOfEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "proxy.example:3128")
	t.Setenv("HTTP_PROXY", "::::")
	t.Setenv("NO_PROXY", "direct.example")
	find := NewTransport(nil).Proxy
	for address, want := range map[string]string{"https://blog.example/": "http://proxy.example:3128", "https://direct.example/": ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		proxy, err := find(req)
		require.NoError(t, err)
		require.Equal(t, want, feed.DisplayURL(proxy))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://blog.example/", nil)
	require.NoError(t, err)
	_, err = find(req)
	require.ErrorContains(t, err, "HTTP_PROXY is not the URL of a proxy")
}

func TestRedirectTargetNamesTheReason(t *testing.T) {
	from := &url.URL{Scheme: "https", Host: "blog.example"}
	for location, want := range map[string]string{
		"":                       "redirects without an address (the header Location is empty)",
		" ":                      "redirects without an address (the header Location is empty)",
		"https://localhost%2e/":  "redirects to an invalid address",
		"https:10.0.0.1/":        "redirects to an invalid address",
		"https:///feed/":         "redirects to an invalid address",
		"https://a:x/":           "redirects to an invalid address",
		"https://a..example/":    "redirects to an invalid address",
		"ftp://blog.example/":    "redirects to an address that is not http or https",
		"mailto:blog@ad.example": "redirects to an address that is not http or https",
		"http://blog.example/":   "redirects from https to http://blog.example/, which is not secure",
	} {
		_, fault := RedirectTarget(from, &http.Response{Header: http.Header{"Location": {location}}})
		require.NotNil(t, fault, location)
		require.ErrorIs(t, fault, feed.ErrRedirect)
		require.Contains(t, fault.Error(), want, location)
		require.NotEmpty(t, feed.Remedy(fault))
	}
	_, fault := RedirectTarget(from, new(http.Response))
	require.ErrorContains(t, fault, "redirects without an address")
}
