package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/linkproxy/linkproxytest"
)

// TestSignInReachesTwoReplicas links an account through two processes that share a key and no disk. A front sends each
// request to the other process. Neither process has a finding or a fault.
func TestSignInReachesTwoReplicas(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	s := linkproxytest.NewServer(t)
	key := filepath.Join(t.TempDir(), "key")
	writeFile(t, key, []byte("a-secret-of-both-replicas-0123456789\n"))
	var replicas []*harness
	var fronts []*httputil.ReverseProxy
	for range 2 {
		r := newHarness(t, "{mode: self-signed}")
		r.configureLinking(s)
		file := filepath.Join(r.dir, "skill.yaml")
		config, err := os.ReadFile(file)
		require.NoError(t, err)
		writeFile(t, file, []byte(strings.Replace(string(config), "account_linking: {", "account_linking: {authorize: proxy, key_file: "+key+", ", 1)))
		r.startAndWait()
		target, err := url.Parse(strings.TrimSuffix(r.url, "/alexa/halfelf"))
		require.NoError(t, err)
		front := &httputil.ReverseProxy{Transport: r.client.Transport, Rewrite: func(p *httputil.ProxyRequest) {
			host := p.In.Host
			p.SetURL(target)
			p.Out.Host = host
		}}
		replicas, fronts = append(replicas, r), append(fronts, front)
	}
	var turn atomic.Int64
	front := httptest.NewTLSServer(alternate(&turn, fronts))
	t.Cleanup(front.Close)
	for _, pkce := range []bool{false, true, true} { // an odd number of requests makes the replicas change roles
		a := linkproxytest.NewAlexa(t)
		a.AuthorizeURL, a.TokenURL, a.Refreshes, a.PKCE = front.URL+"/link/authorize", front.URL+"/link/token", true, pkce
		a.OpenBrowser()
		a.LinkAccount()
		require.NotNil(t, a.Callback, "%v", a.Pages)
		require.Equal(t, 200, a.Responses[len(a.Responses)-1].Status, a.Responses[len(a.Responses)-1].Body)
		turn.Add(1)
	}
	for _, r := range replicas {
		require.Equal(t, 0, r.stop())
		require.NotContains(t, r.log.String(), `"fault":"link-`)
		require.NotContains(t, r.log.String(), `"rule":`)
		for line := range strings.Lines(r.runSkill("link", "list")) {
			require.Equal(t, "-", strings.Split(strings.TrimSpace(line), "\t")[4], line)
		}
	}
}

// alternate returns a handler that sends each request to the next front.
func alternate(turn *atomic.Int64, fronts []*httputil.ReverseProxy) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fronts[int(turn.Add(1))%len(fronts)].ServeHTTP(w, r)
	})
}
