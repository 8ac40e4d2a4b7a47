// Package doctor checks this machine, a blog's feed and an endpoint, for skill check and skill healthcheck. It changes
// nothing, except that an endpoint logs the requests.
package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A Verdict is the result of a check.
type Verdict string

// The three verdicts. Warn does not change the exit status, Fail does.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "FAIL"
)

// Unknown is the verdict of a check of the running service that cannot see the answer from this machine. It is not a fault.
const Unknown Verdict = "unknown"

// A Finding is one line of the report.
type Finding struct {
	Verdict Verdict `json:"verdict"`
	Check   string  `json:"check"`
	Message string  `json:"message"`
	Remedy  string  `json:"remedy,omitempty"`
}

// WriteReport writes one line per finding, or all findings as JSON.
func WriteReport(out io.Writer, findings []Finding, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(findings)
	}
	for _, f := range summarizeForgeries(findings) {
		line := fmt.Sprintf("%-5s %-16s %s", f.Verdict, f.Check, f.Message)
		if f.Remedy != "" {
			line += "; " + f.Remedy
		}
		if _, err := fmt.Fprintln(out, printableLine(line)); err != nil {
			return err
		}
	}
	return nil
}

// maxLineLength limits texts that come from other servers. The program's own texts are shorter.
const maxLineLength = 2000

// printableLine removes control characters and limits the length, because certificate names, error messages and answers
// come from other servers. Otherwise an attacker could forge lines of the report or send commands to the terminal.
func printableLine(text string) string {
	var line strings.Builder
	for _, r := range text {
		if !unicode.IsPrint(r) {
			r = ' '
		}
		if line.WriteRune(r); line.Len() > maxLineLength {
			return line.String() + "…"
		}
	}
	return line.String()
}

// summarizeForgeries replaces the lines of all refused forged requests with one line, and the lines of all skipped forged
// requests with another line.
func summarizeForgeries(findings []Finding) (lines []Finding) {
	isOK := func(f Finding) bool { return f.Verdict == OK }
	lines = mergeForgeries(findings, isOK, "%d of Amazon's certification probes were refused with 400; --json lists them")
	return mergeForgeries(lines, Finding.isSkipped, "%d of Amazon's certification probes: "+errSkipped.Error()+"; --json lists them")
}

// mergeForgeries replaces the lines of the matching forged requests with one line.
func mergeForgeries(findings []Finding, matches func(Finding) bool, format string) (lines []Finding) {
	count, first := 0, -1
	for _, f := range findings {
		if f.Check != forgeryCheck || !matches(f) {
			lines = append(lines, f)
			continue
		}
		if count++; first < 0 {
			first = len(lines)
			lines = append(lines, f)
		}
	}
	if first >= 0 {
		lines[first].Message = fmt.Sprintf(format, count)
	}
	return lines
}
