package traefik

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/middlewares/forwardedheaders"
	"github.com/traefik/traefik/v3/pkg/middlewares/requestdecorator"
	muxer "github.com/traefik/traefik/v3/pkg/muxer/http"
	"github.com/traefik/traefik/v3/pkg/provider/file"
	traefiktls "github.com/traefik/traefik/v3/pkg/tls"
)

// readConfiguration reads the dynamic configuration as Traefik reads it. An unknown key is an error.
func readConfiguration(t *testing.T) *dynamic.Configuration {
	t.Helper()
	name := filepath.Join("..", "..", "deploy", "traefik", "skill.yaml")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NotContains(t, string(content), "ruleSyntax", "the test of the rule uses Traefik's default syntax")
	provider := &file.Provider{}
	provider.SetDefaults()
	c, err := provider.CreateConfiguration(t.Context(), name, nil, false)
	require.NoError(t, err)
	return c
}

// TestRoute sends a request with a forged address through Traefik's rules and its handling of the client's address.
func TestRoute(t *testing.T) {
	c := readConfiguration(t)
	require.Len(t, c.HTTP.Routers, 1)
	route := c.HTTP.Routers["lastpost"]
	require.Equal(t, []string{"websecure"}, route.EntryPoints)
	require.Empty(t, route.Middlewares, "a middleware may change the body")
	service := c.HTTP.Services[route.Service].LoadBalancer
	require.Len(t, service.Servers, 1)
	require.Equal(t, "http://127.0.0.1:8080", service.Servers[0].URL)
	require.True(t, *service.PassHostHeader)
	limits := c.HTTP.ServersTransports[service.ServersTransport].ForwardingTimeouts
	require.Equal(t, 2*time.Second, time.Duration(limits.DialTimeout))
	require.Equal(t, 8*time.Second, time.Duration(limits.ResponseHeaderTimeout))

	parser, err := muxer.NewSyntaxParser()
	require.NoError(t, err)
	rules := muxer.NewMuxer(parser)
	var address string
	backend := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { address = r.Header.Get("X-Real-IP") })
	require.NoError(t, rules.AddRoute(route.Rule, "", route.Priority, backend))
	canonical := requestdecorator.New(nil) // Traefik's rules read the host that this sets
	front, err := forwardedheaders.NewXForwarded(false, nil, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		canonical.ServeHTTP(w, r, rules.ServeHTTP)
	}))
	require.NoError(t, err)
	for host, want := range map[string]int{"skill.example.com": http.StatusOK, "other.example.com": http.StatusNotFound} {
		r := httptest.NewRequest(http.MethodPost, "https://"+host+"/alexa/halfelf", nil)
		r.RemoteAddr = "203.0.113.7:1234"
		r.Header.Set("X-Real-IP", "127.0.0.1")
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, host)
	}
	require.Equal(t, "203.0.113.7", address, "Traefik overwrites a forged address")
}

// TestTLSOptions requires the suites of the service's own listener: Go's defaults.
func TestTLSOptions(t *testing.T) {
	c := readConfiguration(t)
	manager := traefiktls.NewManager(nil)
	manager.UpdateConfigs(t.Context(), nil, c.TLS.Options, nil)
	options, err := manager.Get(traefiktls.DefaultTLSStoreName, c.HTTP.Routers["lastpost"].TLS.Options)
	require.NoError(t, err)
	require.EqualValues(t, tls.VersionTLS12, options.MinVersion)
	require.Contains(t, options.NextProtos, "http/1.1")
	var want []uint16
	for _, suite := range tls.CipherSuites() {
		if slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			want = append(want, suite.ID)
		}
	}
	require.ElementsMatch(t, want, options.CipherSuites)
}
