// Package selfcheck has the results of the service's checks of itself, as /readyz and the metrics show them, and the request by
// which a service recognizes its public address. It runs no check.
package selfcheck

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A CheckLevel is the result of one check of the running service.
type CheckLevel string

// The levels. Only CheckWarn and CheckFail are faults. CheckUnknown means that the check cannot see the answer from here, for
// example behind a router.
const (
	CheckOK      CheckLevel = "ok"
	CheckUnknown CheckLevel = "unknown"
	CheckWarn    CheckLevel = "warn" // Alexa may not be able to use the service, now or soon
	CheckFail    CheckLevel = "fail" // Alexa certainly cannot use the service
)

// A CheckState is the latest result of one check of the running service.
type CheckState struct {
	Name    string // the same as in skill check
	Level   CheckLevel
	Text    string
	Remedy  string    // what the operator can do about a fault; "": there is none
	Checked time.Time // when the check ran
}

// IsFault reports whether the operator must act.
func (c CheckState) IsFault() bool { return c.Level == CheckWarn || c.Level == CheckFail }

// statusLine returns the line of a fault for /readyz.
func (c CheckState) statusLine() string {
	line := "self-check " + c.Name + ": " + string(c.Level) + ", " + c.Text
	if c.Remedy != "" {
		line += "; " + c.Remedy
	}
	return strings.Join(strings.Fields(line), " ") // a certificate's name must not forge a line
}

// WriteFaults writes one line for each fault, and reports whether one of them is a failure. A warning does not make the service
// not ready, because Alexa may still reach it.
func WriteFaults(lines *strings.Builder, states []CheckState) (failed bool) {
	for _, check := range states {
		if check.IsFault() {
			lines.WriteString(check.statusLine() + "\n")
		}
		failed = failed || check.Level == CheckFail
	}
	return failed
}

// Collect sends the metric of each result. A check that cannot see the answer is absent.
func Collect(out chan<- prometheus.Metric, states []CheckState) {
	desc := prometheus.NewDesc("lastpost_self_check", "Result of the service's check of itself: 0 ok, 1 warning, 2 failure. "+
		"Absent: unknown.", []string{"check"}, nil)
	values := map[CheckLevel]float64{CheckOK: 0, CheckWarn: 1, CheckFail: 2}
	for _, check := range states {
		if value, known := values[check.Level]; known {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, check.Name)
		}
	}
}
