package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

const adminPassword = "lamp giraffe tuesday"

// protectPrivateListener sets the password of the private listener.
func (h *harness) protectPrivateListener() {
	h.t.Helper()
	file := filepath.Join(h.dir, "password")
	require.NoError(h.t, os.WriteFile(file, []byte(adminPassword+"\n"), 0o600))
	config := filepath.Join(h.dir, "skill.yaml")
	content, err := os.ReadFile(config)
	require.NoError(h.t, err)
	changed := strings.Replace(string(content), `admin: {`, "admin: {password_file: "+file+", ", 1)
	require.NoError(h.t, os.WriteFile(config, []byte(changed), 0o600))
}

// clientAt returns a client with an address on loopback.
func clientAt(t *testing.T, ip string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	transport := &http.Transport{MaxIdleConnsPerHost: 100, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func signIn(client *http.Client, address, password string) (int, string, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	r.SetBasicAuth("admin", password)
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// TestWrongPasswordsDoNotDisturb sends 4,000 wrong passwords over 100 connections. Alexa's requests and the operator must get
// their answers, the log must stay short, and the program must not hold a goroutine for each attempt.
func TestWrongPasswordsDoNotDisturb(t *testing.T) {
	requireE2E(t)
	t.Parallel()
	const attempts, workers = 4000, 100
	h := newHarness(t, "{mode: self-signed}")
	h.protectPrivateListener()
	h.startAndWait()
	operator := clientAt(t, "127.0.0.3")
	readMetrics := func() string {
		status, metrics, err := signIn(operator, h.privateURL+"/metrics", adminPassword)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		return metrics
	}
	stranger := clientAt(t, "127.0.0.2")
	var sent atomic.Int64
	var guessing sync.WaitGroup
	for range workers {
		guessing.Go(func() {
			for n := sent.Add(1); n <= attempts; n = sent.Add(1) {
				// The listener closes connections of a client that has too many.
				if status, _, err := signIn(stranger, h.privateURL+"/metrics", fmt.Sprint("guess number ", n)); err == nil && status == http.StatusOK {
					t.Error("a wrong password was accepted")
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { guessing.Wait(); close(done) }()
	answered, goroutines := 0, 0.0
	for running := true; running; answered++ {
		select {
		case <-done:
			running = false
		default:
		}
		status, _ := h.sendSigned(h.lastPostRequest(""))
		require.Equal(t, http.StatusOK, status)
		goroutines = max(goroutines, metricValue(t, readMetrics(), "go_goroutines"))
	}
	metrics := readMetrics()
	require.Greater(t, answered, 1)
	require.Less(t, goroutines, 400.0)
	require.Positive(t, metricValue(t, metrics, `lastpost_faults_total{kind="wrong-password",skill=""}`))
	require.Positive(t, metricValue(t, metrics, `lastpost_faults_total{kind="password-blocked",skill=""}`))
	require.Equal(t, 0, h.stop())
	log := h.log.String()
	require.NotContains(t, log, "guess number")
	require.NotContains(t, log, "giraffe")
	lines := strings.Count(log, `"fault":"wrong-password"`) + strings.Count(log, `"fault":"password-blocked"`)
	require.Positive(t, lines)
	require.Less(t, lines, 100, "a few lines for each minute")
}

// metricValue returns the value of a metric with its labels.
func metricValue(t *testing.T, metrics, name string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(metrics)
	require.NotNil(t, found, "%s in\n%s", name, metrics)
	value, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	return value
}
