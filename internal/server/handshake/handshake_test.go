package handshake

import (
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
)

// TestSummaryIsBounded has a hello as large as TLS allows. The summary must stay small, and keep what the listener supports.
func TestSummaryIsBounded(t *testing.T) {
	info := &tls.ClientHelloInfo{ServerName: strings.Repeat("x", 60_000)}
	for n := range uint16(30_000) {
		info.CipherSuites = append(info.CipherSuites, n|0x8000, n|0x8000)
		info.SupportedVersions = append(info.SupportedVersions, n)
		info.SupportedCurves = append(info.SupportedCurves, tls.CurveID(n+1000))
		info.SupportedProtos = append(info.SupportedProtos, strings.Repeat("y", 1000))
	}
	info.CipherSuites[200], info.CipherSuites[201] = tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_AES_128_GCM_SHA256
	h := Summarize(info)
	require.Len(t, h.Suites, maxSuites+2)
	require.Contains(t, h.Suites, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	require.Greater(t, h.OmittedSuites, 59_000)
	require.Len(t, h.ServerName, maxName)
	require.LessOrEqual(t, len(h.Versions), maxOthers+2)
	require.LessOrEqual(t, len(h.Groups), maxOthers+7)
	require.Len(t, h.Protocols, maxOthers)
	fault, outcome := Attempt{Err: errors.New(strings.Repeat("\x00é", 5000)), Received: true, Hello: h}.Explain()
	require.Equal(t, Failed, outcome)
	require.Less(t, len(fault.Text), 2500)
}

func TestIgnoresGreaseAndSignals(t *testing.T) {
	h := Summarize(&tls.ClientHelloInfo{
		CipherSuites:      []uint16{0x1a1a, 0x00ff, tls.TLS_FALLBACK_SCSV, tls.TLS_AES_128_GCM_SHA256, 0x0a1a},
		SupportedVersions: []uint16{0xfafa, tls.VersionTLS13}, SupportedCurves: []tls.CurveID{0x2a2a, tls.X25519},
	})
	require.Equal(t, []uint16{tls.TLS_AES_128_GCM_SHA256, 0x0a1a}, h.Suites)
	require.Equal(t, []uint16{tls.VersionTLS13}, h.Versions)
	require.Equal(t, []tls.CurveID{tls.X25519}, h.Groups)
}

// TestReadsEachAlert checks that the texts of Go's received alerts lead back to their numbers.
func TestReadsEachAlert(t *testing.T) {
	kinds := map[string]bool{}
	for number := range 256 {
		alert := tls.AlertError(number)
		got, ok := receivedAlert(&net.OpError{Op: "remote error", Err: alert})
		require.True(t, ok)
		require.Equal(t, alert, got)
		fault, outcome := Attempt{Err: &net.OpError{Op: "remote error", Err: alert}, Received: true}.Explain()
		require.Equal(t, Failed, outcome)
		require.NotEmpty(t, fault.Remedy)
		kinds[fault.Kind] = true
	}
	require.LessOrEqual(t, len(kinds), 25, "the label has few values")
	require.True(t, kinds["tls-alert-unknown-ca"] && kinds["tls-alert-certificate-unknown"] && kinds["tls-alert-other"])
	_, ok := receivedAlert(&net.OpError{Op: "read", Err: io.EOF})
	require.False(t, ok)
}

func TestOutcomes(t *testing.T) {
	challenge := &ClientHello{Protocols: []string{"acme-tls/1"}}
	for _, row := range []struct {
		claim   string
		attempt Attempt
		want    Outcome
	}{
		{"a CA's challenge that fails", Attempt{Err: io.EOF, Received: true, Hello: challenge}, Ignored},
		{"a CA's challenge that succeeds", Attempt{Succeeded: true, Received: true, Hello: challenge}, Ignored},
		{"a connection that this service closed", Attempt{Err: &net.OpError{Op: "read", Err: net.ErrClosed}, Received: true}, Ignored},
		{"no byte, then the end", Attempt{Err: io.EOF}, Probed},
		{"no byte, then silence", Attempt{Err: os.ErrDeadlineExceeded}, Probed},
		{"a handshake, then the end", Attempt{Succeeded: true, Received: true, Hello: &ClientHello{ServerName: "x"}}, Probed},
		{"a handshake, then goodbye", Attempt{
			Succeeded: true, Received: true, Hello: &ClientHello{}, Err: &net.OpError{Op: "remote error", Err: tls.AlertError(90)},
		}, Probed},
		{"a handshake, then an alert", Attempt{
			Succeeded: true, Received: true, Hello: &ClientHello{}, Err: &net.OpError{Op: "remote error", Err: tls.AlertError(48)},
		}, Failed},
		{"a byte, then the end", Attempt{Err: io.ErrUnexpectedEOF, Received: true}, Failed},
		{"a byte, then silence", Attempt{Err: os.ErrDeadlineExceeded, Received: true}, Failed},
	} {
		t.Run(row.claim, func(t *testing.T) {
			_, got := row.attempt.Explain()
			require.Equal(t, row.want, got)
		})
	}
}

// TestUnencryptedAlertNeedsWholeRecord checks that an alert is read only from a record with an alert, and only if Go could
// not decrypt.
func TestUnencryptedAlertNeedsWholeRecord(t *testing.T) {
	undecrypted := &net.OpError{Op: "local error", Err: tls.AlertError(20)}
	for _, row := range []struct {
		claim string
		err   error
		sent  string
		want  string
	}{
		{"an alert", undecrypted, "\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x30", "tls-alert-unknown-ca"},
		{"application data", undecrypted, "\x17\x03\x03\x00\x02\x02\x30", "tls-malformed"},
		{"a warning", undecrypted, "\x15\x03\x03\x00\x02\x01\x30", "tls-malformed"},
		{"another error", &net.OpError{Op: "local error", Err: tls.AlertError(10)}, "\x15\x03\x03\x00\x02\x02\x30", "tls-malformed"},
		{"another operation", io.ErrNoProgress, "\x15\x03\x03\x00\x02\x02\x30", "tls-malformed"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			a := Attempt{Err: row.err, Received: true, Hello: &ClientHello{
				Versions: []uint16{tls.VersionTLS13}, Suites: []uint16{tls.TLS_AES_128_GCM_SHA256}, Groups: []tls.CurveID{tls.X25519},
			}}
			for part := range slices.Chunk([]byte(row.sent), 3) {
				a.Tail.Append(part)
			}
			fault, _ := a.Explain()
			require.Equal(t, row.want, fault.Kind)
		})
	}
}

// TestTextsAreBoundedAndPrintable explains random attempts. An attacker must not forge log lines or fill the log.
func TestTextsAreBoundedAndPrintable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := func() string {
		text := make([]byte, random.IntN(2000))
		for i := range text {
			text[i] = byte(random.Uint32())
		}
		return string(text)
	}
	for range 500 {
		info := &tls.ClientHelloInfo{ServerName: bytes(), SupportedProtos: []string{bytes(), bytes()}}
		for _, c := range []byte(bytes()) {
			info.CipherSuites = append(info.CipherSuites, uint16(c)<<uint(random.IntN(9)))
			info.SupportedVersions = append(info.SupportedVersions, 0x0300|uint16(c))
		}
		errs := []error{errors.New(bytes()), io.EOF, os.ErrDeadlineExceeded, tls.RecordHeaderError{RecordHeader: [5]byte([]byte(bytes() + "12345"))}}
		a := Attempt{Err: errs[random.IntN(len(errs))], Received: true, Now: time.Now(), Succeeded: random.IntN(4) == 0}
		if random.IntN(4) > 0 {
			a.Hello = Summarize(info)
		}
		if a.Succeeded && a.Hello == nil {
			continue
		}
		fault, outcome := a.Explain()
		require.Less(t, len(fault.Text), 2500)
		require.Equal(t, -1, strings.IndexFunc(fault.Text+fault.Remedy, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", fault.Text)
		require.Equal(t, outcome == Failed, fault.Kind != "" && fault.Remedy != "")
	}
}
