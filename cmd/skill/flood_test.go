//go:build !race

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStrangerDoesNotChangeAnswersToAmazon plays Amazon, from its own address, while a stranger keeps 100 connections at the
// token path, sends 2,000 junk authorizations and 4,000 wrong passwords. Every answer to Amazon must be the usual one, and the
// log must stay small.
func TestStrangerDoesNotChangeAnswersToAmazon(t *testing.T) {
	requireE2E(t) // each junk authorization is a TLS handshake with the OAuth server of this test
	h := newHarness(t, "{mode: off}")
	h.useReleaseBuild()
	newOAuthServer(t, h)
	h.setPassword("kU7vTq2mXw9sLpRz")
	h.startAndWait()
	h.log.waitFor(t, "listening")
	f := &flood{h: h, public: strings.TrimSuffix(strings.TrimPrefix(h.url, "http://"), "/alexa/halfelf"), private: strings.TrimPrefix(h.privateURL, "http://")}
	require.Eventually(t, func() bool {
		status, answer := h.sendSigned(h.lastPostRequest(""))
		return status == http.StatusOK && !strings.Contains(answer, "yet. Try again")
	}, 30*time.Second, 50*time.Millisecond)
	_, usual := h.sendSigned(h.lastPostRequest(""))

	ctx, stop := context.WithCancel(t.Context())
	var background sync.WaitGroup
	f.keepConnections(ctx, &background, 100)
	var strangers sync.WaitGroup
	strangers.Go(func() { f.sendJunkAuthorizations(2000) })
	strangers.Go(func() { f.sendWrongPasswords(4000) })
	finished := make(chan struct{})
	go func() { strangers.Wait(); close(finished) }()
	for n := 0; ; n++ {
		status, answer := h.sendSigned(h.lastPostRequest(""))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, usual, answer)
		require.Equal(t, http.StatusOK, f.requestToken(t, n))
		select {
		case <-finished:
			stop()
			background.Wait()
			require.Positive(t, n, "Amazon's requests ran beside the flood")
			require.Equal(t, 0, h.stop())
			require.Less(t, f.loggedBytes(), 128<<10, "the log stays bounded")
			return
		default:
		}
	}
}

// loggedBytes returns the size of the log without the lines of answered requests, which are Amazon's.
func (f *flood) loggedBytes() (size int) {
	for line := range strings.Lines(f.h.log.String()) {
		if !strings.Contains(line, `"rule":"","ms":`) {
			size += len(line)
		}
	}
	return size
}

// setPassword sets the password of the private listener.
func (h *harness) setPassword(password string) {
	h.t.Helper()
	secret := filepath.Join(h.dir, "password")
	writeFile(h.t, secret, []byte(password))
	file := filepath.Join(h.dir, "skill.yaml")
	config, err := os.ReadFile(file)
	require.NoError(h.t, err)
	writeFile(h.t, file, bytes.Replace(config, []byte(`admin: {listen: "127.0.0.1:0"}`),
		fmt.Appendf(nil, `admin: {listen: "127.0.0.1:0", password_file: %q}`, secret), 1))
}

// A flood is a stranger at an address of its own.
type flood struct {
	h               *harness
	public, private string
}

// dialStranger connects from the stranger's address.
func dialStranger(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 66)}}).DialContext(ctx, network, address)
}

// newStranger returns a client that connects from the stranger's address.
func newStranger() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: dialStranger},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// keepConnections keeps n connections at the token path until ctx ends. Half of them send a body that does not end, half send
// junk again and again.
func (f *flood) keepConnections(ctx context.Context, background *sync.WaitGroup, n int) {
	for i := range n {
		background.Go(func() {
			for ctx.Err() == nil {
				f.holdConnection(ctx, i%2 == 0)
			}
		})
	}
}

func (f *flood) holdConnection(ctx context.Context, ends bool) {
	conn, err := dialStranger(ctx, "tcp", f.public)
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	defer func() { _ = conn.Close() }()
	body := "grant_type=authorization_code&code=guess"
	length := 256 << 10
	if ends {
		length = len(body)
	}
	_, _ = fmt.Fprintf(conn, "POST /link/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", length, body)
	_, _ = io.Copy(io.Discard, conn)
	if ends {
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond): // a hundred connections, not a test of the processor
		}
	}
}

// sendJunkAuthorizations starts n sign-ins and does not continue them.
func (f *flood) sendJunkAuthorizations(n int) {
	f.sendConcurrently(n, func(client *http.Client, i int) {
		response, err := client.Get(fmt.Sprintf("http://%s/link/authorize?client_id=junk%d&state=x", f.public, i))
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	})
}

// sendWrongPasswords sends n wrong passwords.
func (f *flood) sendWrongPasswords(n int) {
	f.sendConcurrently(n, func(client *http.Client, i int) {
		request, err := http.NewRequest(http.MethodGet, "http://"+f.private+"/metrics", nil)
		if err != nil {
			f.h.t.Error(err)
			return
		}
		request.SetBasicAuth("admin", fmt.Sprint("guess ", i))
		response, err := client.Do(request)
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	})
}

// sendConcurrently sends n requests over eight connections. The connections share the requests: the service holds the answer to
// a wrong password for seconds, and a connection with a fixed part of them would finish long after the others.
func (f *flood) sendConcurrently(n int, send func(client *http.Client, i int)) {
	const senders = 8
	client := newStranger()
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	var next atomic.Int64
	for range senders {
		group.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				send(client, int(i))
			}
		})
	}
	group.Wait()
}

// requestToken requests a token as Amazon does, and returns the status.
func (f *flood) requestToken(t *testing.T, n int) int {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {fmt.Sprint("genuine", n)}, "client_id": {linkClient}, "redirect_uri": {linkRedirect}}
	response, err := f.h.client.PostForm("http://"+f.public+"/link/token", form)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Contains(t, string(body), "access_token", "status %d", response.StatusCode)
	return response.StatusCode
}
