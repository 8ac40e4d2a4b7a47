package main

import (
	"bufio"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/server"
)

// BenchmarkRequest measures one verified request over a kept-alive TLS connection to the real service, and one to a bare
// handler that only reads the body, verifies the same signature and writes a fixed answer. Each server is a separate
// process, and cpu-ns/op is its processor time. Both benchmarks alternate between the servers in short turns, so that
// other load on the machine affects both alike. service/bare is the ratio of their processor times:
//
//	go test -run '^$' -bench Request -benchtime 10000x -count 10 ./cmd/skill | tee bench.txt
//	benchstat -col /server bench.txt
//
// The inspector records every exchange. The service must cost less than twice as much as the bare handler. Use the
// median ratio: it is the least sensitive to other load.
func BenchmarkRequest(b *testing.B) {
	h := newHarness(b, "{mode: self-signed}")
	h.startAndWait()
	h.waitUntilReady()
	body := h.lastPostRequest("2026-03")
	service := newBenchServer(b, h, h.process, h.url, body)
	process, url := startBareServer(b, h)
	bare := newBenchServer(b, h, process, url, body)
	b.Run("server=bare", func(b *testing.B) { measureServer(b, bare, []*benchServer{bare, service}) })
	b.Run("server=service", func(b *testing.B) { measureServer(b, service, []*benchServer{bare, service}) })
}

// measureServer alternates between the servers. It reports one server's processor time, and the ratio of the second's to the
// first's.
func measureServer(b *testing.B, measured *benchServer, peers []*benchServer) {
	for _, p := range peers {
		p.sendRepeatedly(b, 2*turnLength) // warm up
	}
	before, first, second := processorTime(b, measured.process), processorTime(b, peers[0].process), processorTime(b, peers[1].process)
	n := 0
	for b.Loop() {
		if n++; n%turnLength == 0 {
			for _, p := range peers {
				p.sendRepeatedly(b, turnLength)
			}
		}
	}
	used := processorTime(b, measured.process) - before
	if n -= n % turnLength; n > 0 {
		b.ReportMetric(float64(used.Nanoseconds())/float64(n), "cpu-ns/op")
		b.ReportMetric(float64(processorTime(b, peers[1].process)-second)/float64(processorTime(b, peers[0].process)-first), "service/bare")
	}
	b.ReportMetric(0, "ns/op") // the sum over both servers is meaningless
}

// turnLength is the number of requests that one server gets in a turn.
const turnLength = 100

// A benchServer is a server to measure and a connection to it.
type benchServer struct {
	process   *exec.Cmd
	conn      *tls.Conn
	responses *bufio.Reader
	request   string
}

func newBenchServer(b *testing.B, h *harness, process *exec.Cmd, url string, body []byte) *benchServer {
	b.Helper()
	address, path, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close() })
	header, err := h.signer.Sign(body)
	require.NoError(b, err)
	request := fmt.Sprintf("POST /%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json;charset=UTF-8\r\nAccept: application/json\r\n"+
		"User-Agent: Apache-HttpClient/4.5.x (Java/1.8.0_432)\r\nSignatureCertChainUrl: %s\r\nSignature: %s\r\nSignature-256: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, address, header.Get("SignatureCertChainUrl"), header.Get("Signature-256"), header.Get("Signature-256"), len(body), body)
	return &benchServer{process: process, conn: conn, responses: bufio.NewReader(conn), request: request}
}

// sendRepeatedly sends the same signed request several times.
func (p *benchServer) sendRepeatedly(b *testing.B, times int) {
	for range times {
		if _, err := io.WriteString(p.conn, p.request); err != nil {
			b.Fatal(err)
		}
		response, err := http.ReadResponse(p.responses, nil)
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response, err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime returns the processor time of a process, in units of 10 ms.
func processorTime(b *testing.B, process *exec.Cmd) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Process.Pid))
	if err != nil {
		b.Skip("/proc does not report processor time on this system")
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name can contain spaces
	fields := strings.Fields(after)
	user, err := strconv.ParseInt(fields[11], 10, 64)
	require.NoError(b, err)
	system, err := strconv.ParseInt(fields[12], 10, 64)
	require.NoError(b, err)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// startBareServer starts the bare server with the signer's public key.
func startBareServer(b *testing.B, h *harness) (process *exec.Cmd, url string) {
	b.Helper()
	process = exec.Command(os.Args[0])
	key := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&h.signer.Key.PublicKey)})
	process.Env = append(os.Environ(), "SKILL_TEST_ROLE=bare", "BARE_KEY="+string(key), "BARE_DIR="+filepath.Join(h.dir, "bare"))
	stdout, err := process.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, process.Start())
	b.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(b, err)
	return process, "https://" + strings.TrimSpace(address) + "/alexa"
}

// runBareServer serves the bare handler for BenchmarkRequest.
func runBareServer() {
	block, _ := pem.Decode([]byte(os.Getenv("BARE_KEY")))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	if _, err := server.SelfSignedCertificate(os.Getenv("BARE_DIR"), []string{"localhost"}, time.Now()); err != nil {
		panic(err)
	}
	file := filepath.Join(os.Getenv("BARE_DIR"), "self-signed.pem")
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		panic(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	answer := []byte(`{"version":"1.0","response":{"outputSpeech":{"type":"SSML","ssml":"<speak>` + strings.Repeat("A fixed answer. ", 8) + `</speak>"}}}`)
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		signature, err := base64.StdEncoding.DecodeString(r.Header.Get("Signature-256"))
		if err != nil {
			return
		}
		sum := sha256.Sum256(body)
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = w.Write(answer)
	})))
}
