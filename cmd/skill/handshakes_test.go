package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFailedHandshakesAreVisible floods the real program with handshakes that fail, over 20 connections at a time. Alexa's
// requests must be answered meanwhile. Log, metrics and the inspector must name the faults, and the log must stay bounded.
func TestFailedHandshakesAreVisible(t *testing.T) {
	h := newHarness(t, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	u, err := url.Parse(h.url)
	require.NoError(t, err)
	status, _ := h.sendSigned(h.lastPostRequest("2025-12-25"))
	require.Equal(t, http.StatusOK, status)
	_, metrics := h.getPrivate("/metrics")
	require.NotContains(t, metrics, "lastpost_faults_total{")
	require.NotContains(t, h.log.String(), `"fault":"`, "a faultless service names no fault")

	const clients, each = 20, 50
	began := time.Now()
	var flood sync.WaitGroup
	for range clients {
		flood.Go(func() {
			for range each {
				sendPlainHTTP(t, u.Host)
				_, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
				if err == nil {
					t.Error("TLS 1.1 was accepted")
				}
			}
		})
	}
	for range 5 {
		status, _ = h.sendSigned(h.lastPostRequest("2025-12-25"))
		require.Equal(t, http.StatusOK, status)
	}
	flood.Wait()
	kinds := []string{"tls-plain-http", "tls-no-shared-version"}
	require.Eventually(t, func() bool {
		_, metrics := h.getPrivate("/metrics")
		return strings.Contains(metrics, fmt.Sprintf("lastpost_faults_total{kind=%q,skill=\"\"} %d\n", kinds[0], clients*each)) &&
			strings.Contains(metrics, fmt.Sprintf("lastpost_faults_total{kind=%q,skill=\"\"} %d\n", kinds[1], clients*each))
	}, 30*time.Second, 50*time.Millisecond)
	status, ready := h.getPrivate("/readyz")
	require.Equal(t, http.StatusOK, status, ready)
	_, page := h.getPrivate("/")
	for _, kind := range kinds {
		require.Contains(t, page, kind)
	}
	require.NotEmpty(t, h.log.withMessage("TLS handshake failed: no shared protocol version; the client offers TLS 1.1, TLS 1.0"))
	require.Equal(t, 0, h.stop())
	minutes := int(time.Since(began)/time.Minute) + 2
	require.LessOrEqual(t, strings.Count(h.log.String(), `"fault":"`), minutes*2*6, "five lines a minute for each kind, and a summary")
}

// sendPlainHTTP sends a request without TLS to the TLS port. The server may reset the connection before it reads everything.
func sendPlainHTTP(t *testing.T, address string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: skill.example.com\r\n\r\n")
	_, _ = io.ReadAll(conn)
}
