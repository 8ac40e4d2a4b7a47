package linkproxy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy"
)

// Headers by which a server believes its proxy do not reach the OAuth server, whatever their case. Headers of browsers
// and of pages' scripts do.
func TestDropsHeadersThatOnlyProxiesMaySet(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	here := hostOf(t, s.proxyServer.URL)
	send := func(path, name string) string {
		e.requests = nil
		sendRaw(t, here, "POST "+path+" HTTP/1.1\nHost: "+here+"\n"+name+": attacker-7\nContent-Length: 0\nConnection: close\n\n")
		require.Len(t, e.requests, 1)
		return e.requests[0]
	}
	for _, path := range []string{"/link/authorize", "/link/token"} {
		for _, name := range strings.Fields(`X-Original-URL x-original-url X-Rewrite-URL X-HTTP-Method-Override X-HTTP-Method X-Method-Override
			Method-Override True-Client-IP CF-Connecting-IP Fastly-Client-IP X-Client-IP X-Real-IP X-Cluster-Client-IP X-ProxyUser-Ip Forwarded
			X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Prefix X-Forwarded X-Forwarded-User X_Forwarded_For X_ORIGINAL_URL
			Remote-User X-Remote-User X-Remote-Addr X-Authenticated-User X-Auth-Request-Email X-WebAuth-User X-SSL-Client-Cert SSL-Client-Cert
			X-Client-Cert X-ARR-ClientCert X-Host X-HTTP-Host-Override X-Scheme X-Original-Host X-Original-Forwarded-For Proxy Via
			X-Envoy-Original-Path X-Accel-Redirect X-Middleware-Subrequest X-MS-Client-Principal X-Goog-Authenticated-User-Email
			X-Amzn-Oidc-Identity Front-End-Https X-URL-Scheme Client-IP X-Originating-IP WL-Proxy-Client-IP Base-Url
			Http-Url Request-Uri`) {
			require.NotContains(t, send(path, name), "attacker-7", "%s at %s", name, path)
		}
		for _, name := range strings.Fields(`X-Requested-With X-CSRF-Token X-XSRF-Token RequestVerificationToken X-Okta-User-Agent-Extended
			Accept-Language Sec-Fetch-User Sec-CH-UA Auth0-Client HX-Request HX-Current-URL Next-Url Next-Router-State-Tree Upgrade-Insecure-Requests If-None-Match
			DPoP User-Agent X-Amzn-Trace-Id X-Api-Key Traceparent Cache-Control`) {
			require.Contains(t, send(path, name), "attacker-7", "%s at %s", name, path)
		}
	}
}

// The OAuth server gets the address that the server gives the proxy, which is the address of a trusted proxy's header.
func TestNamesTheClientsAddress(t *testing.T) {
	s, e := newRecordingHarness(t, linkproxy.Proxied)
	for remote, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "203.0.113.7:4711": "203.0.113.7", "[2001:db8::1]:443": "2001:db8::1", "::ffff:203.0.113.7": "203.0.113.7",
	} {
		for _, path := range []string{"/link/authorize", "/link/token"} {
			e.requests = nil
			r := httptest.NewRequest(http.MethodPost, path, nil)
			r.RemoteAddr = remote
			r.Header.Set("X-Forwarded-For", "198.51.100.1")
			s.proxy.ServeHTTP(newResponseSink(), r)
			require.Len(t, e.requests, 1)
			require.Contains(t, e.requests[0], "X-Forwarded-For: "+want+"\r\n")
			require.NotContains(t, e.requests[0], "198.51.100.1")
		}
	}
}
