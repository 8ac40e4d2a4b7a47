package service

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/doctor"
	"lastpost/internal/server"
	"lastpost/internal/server/selfcheck"
)

// newReportFixture returns a checker with its log.
func newReportFixture() (*selfChecker, *bytes.Buffer) {
	var log bytes.Buffer
	return &selfChecker{log: slog.New(slog.NewTextHandler(&log, nil)), reported: map[string]reportedFault{}, random: func() float64 { return 0.5 }}, &log
}

// TestFaultIsLoggedOnce checks which results of a check write a line. A fault must be logged once when it appears, and once when
// it has ended.
func TestFaultIsLoggedOnce(t *testing.T) {
	ok := doctor.Finding{Verdict: doctor.OK, Check: "dns", Message: "fine"}
	unknown := doctor.Finding{Verdict: doctor.Unknown, Check: "dns", Message: "not visible"}
	warn := doctor.Finding{Verdict: doctor.Warn, Check: "dns", Message: "9 days left", Remedy: "renew it"}
	later := doctor.Finding{Verdict: doctor.Warn, Check: "dns", Message: "8 days left", Remedy: "renew it"}
	fail := doctor.Finding{Verdict: doctor.Fail, Check: "dns", Message: "-1 days left", Remedy: "renew it"}
	other := doctor.Finding{Verdict: doctor.Warn, Check: "dns", Message: "other", Remedy: "correct it"}
	const found, ended = "level=WARN msg=\"self-check found a fault\"", "msg=\"self-check: the fault has ended\""
	for _, row := range []struct {
		claim    string
		findings []doctor.Finding
		reloaded bool
		want     []string
	}{
		{"without a fault", []doctor.Finding{ok, unknown, ok}, true, nil},
		{"for days", []doctor.Finding{warn, later, later}, false, []string{found}},
		{"it gets worse", []doctor.Finding{warn, fail, fail}, false, []string{found, "level=ERROR msg=\"self-check found a fault\""}},
		{"it gets better, but is not over", []doctor.Finding{fail, warn}, false, []string{"level=ERROR"}},
		{"another fault of the same check", []doctor.Finding{warn, other}, false, []string{found, found}},
		{"it ends", []doctor.Finding{warn, ok, ok}, false, []string{found, ended}},
		{"it is invisible for a while", []doctor.Finding{warn, unknown, warn, unknown, ok}, false, []string{found, ended}},
		{"a reload removes what the check needs", []doctor.Finding{warn, unknown}, true, []string{found, ended}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			c, log := newReportFixture()
			for _, f := range row.findings {
				require.Equal(t, f, c.report(f, time.Now(), row.reloaded))
			}
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if row.want == nil {
				require.Empty(t, log.String())
				return
			}
			require.Len(t, lines, len(row.want), log)
			for i, want := range row.want {
				require.Contains(t, lines[i], want)
			}
		})
	}
}

// TestAlexasRequestsDisproveFaults has requests of Alexa after a fault appeared. A fault of the address cannot exist then. A fault
// of the clock or of the certificate's dates can.
func TestAlexasRequestsDisproveFaults(t *testing.T) {
	now := time.Now()
	for _, row := range []struct {
		check string
		after time.Duration
		want  bool
	}{
		{doctor.PortCheck, 20 * time.Minute, true},
		{doctor.PortCheck, time.Minute, false},
		{doctor.CertificateHostCheck, 20 * time.Minute, true},
		{doctor.CertificatePathCheck, 20 * time.Minute, true},
		{doctor.CertificateTypeCheck, 20 * time.Minute, true},
		{doctor.DNSCheck, 20 * time.Hour, false},
		{doctor.DNSCheck, 25 * time.Hour, true},
		{"certificate dates", 25 * time.Hour, false},
		{"clock", 25 * time.Hour, false},
	} {
		t.Run(row.check+" after "+row.after.String(), func(t *testing.T) {
			c, log := newReportFixture()
			fault := doctor.Finding{Verdict: doctor.Warn, Check: row.check, Message: "wrong", Remedy: "correct it"}
			c.report(fault, now, false)
			c.observe(server.ObservedRequest{Began: now.Add(row.after), Test: true})
			c.observe(server.ObservedRequest{Began: now.Add(row.after), Err: errors.New("refused")})
			require.Equal(t, doctor.Warn, c.report(fault, now, false).Verdict, "neither request is Alexa's")
			c.observe(server.ObservedRequest{Began: now.Add(row.after)})
			for range 2 {
				require.Equal(t, row.want, c.report(fault, now, false).Verdict == doctor.Unknown)
			}
			require.Equal(t, row.want, strings.Count(log.String(), "the fault has ended") == 1)
			fault.Message = "wrong in another way"
			require.Equal(t, doctor.Warn, c.report(fault, now.Add(row.after), false).Verdict, "the requests came before this fault")
		})
	}
}

func TestEndsFaultsOfMissingChecks(t *testing.T) {
	c, log := newReportFixture()
	c.report(doctor.Finding{Verdict: doctor.Fail, Check: doctor.CertificatePathCheck, Message: "incomplete"}, time.Now(), false)
	c.endMissing([]doctor.Finding{{Check: doctor.CertificateHostCheck}})
	require.Contains(t, log.String(), `the fault has ended" check="certificate path"`)
	require.Empty(t, c.reported)
}

// TestChecksAreRepeated checks the pauses: growing up to a day, and short while there is a fault.
func TestChecksAreRepeated(t *testing.T) {
	c, _ := newReportFixture()
	require.Equal(t, 10*time.Minute, c.pause(0))
	require.Equal(t, 20*time.Minute, c.pause(1))
	require.Equal(t, 24*time.Hour, c.pause(30))
	c.random = func() float64 { return 0 }
	require.Equal(t, 21*time.Hour+36*time.Minute, c.pause(30))
	c.results.Store(&[]selfcheck.CheckState{{Name: "dns", Level: selfcheck.CheckWarn}})
	require.Equal(t, 9*time.Minute, c.pause(30))
}
