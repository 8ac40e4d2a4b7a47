package inspect

import (
	"cmp"
	"slices"
	"time"
)

// A problem is something that the operator can correct.
type problem struct {
	Failing bool   // false: the service works nevertheless
	Where   string // the concerned part
	Text    string
	Remedy  string // "": unknown
	Manual  string // a part of the manual; "": none
}

// healthOf returns "healthy", "warning" or "failing".
func healthOf(problems []problem) string {
	switch {
	case len(problems) == 0:
		return "healthy"
	case slices.ContainsFunc(problems, func(p problem) bool { return p.Failing }):
		return "failing"
	}
	return "warning"
}

// problems returns what the operator should correct, the worst first. Faults that strangers can cause are not among them.
func (s ServiceStatus) problems(now time.Time) (found []problem) {
	if s.ReloadError != "" {
		found = append(found, problem{Failing: true, Where: "Configuration", Text: "It was not reloaded: " + s.ReloadError,
			Remedy: "Correct the file, and reload again. Until then, the service uses the earlier configuration.", Manual: "operating"})
	}
	for _, check := range s.SelfChecks {
		if check.IsFault() {
			found = append(found, problem{
				Failing: check.Level == "fail", Where: "Self-check: " + check.Name, Text: check.Text, Remedy: check.Remedy,
			})
		}
	}
	for _, certificate := range s.Certificates {
		found = append(found, certificate.problems(now)...)
	}
	for _, skill := range s.Skills {
		found = append(found, skill.problems()...)
	}
	slices.SortStableFunc(found, func(a, b problem) int { return cmp.Compare(boolRank(a.Failing), boolRank(b.Failing)) })
	return found
}

func boolRank(failing bool) int {
	if failing {
		return 0
	}
	return 1
}

func (c CertificateStatus) problems(now time.Time) []problem {
	p := problem{Where: "Certificate " + c.Name, Text: c.Error, Manual: "troubleshooting#no-certificate-comes"}
	switch {
	case c.NotAfter.IsZero():
		p.Failing, p.Text = true, cmp.Or(c.Error, "The CA has not issued it yet.")
	case c.stateAt(now) == "expired":
		p.Failing, p.Text, p.Remedy = true, cmp.Or(c.Error, "It has expired."), "Renew it. Alexa does not connect until then."
	case c.stateAt(now) == "expiring":
		p.Text = cmp.Or(c.Error, "It expires soon.")
		p.Remedy = "Renew it. If the service orders its certificates itself, look for the reason in the log."
	case c.Error == "":
		return nil
	}
	return []problem{p}
}

// problems returns the faults of a skill's feed.
func (s SkillStatus) problems() (found []problem) {
	const feeds, older = "troubleshooting#alexa-tells-an-old-post-or-none", "troubleshooting#older-posts-are-missing"
	switch {
	case s.FeedError != "":
		text := "The feed is failing: " + s.FeedError
		found = append(found, problem{Failing: true, Where: s.Name, Text: text, Remedy: s.FeedRemedy, Manual: feeds})
	case !s.IsReady():
		found = append(found, problem{Failing: true, Where: s.Name, Text: "There are no posts yet.",
			Remedy: "Wait for the first poll of the feed. Then publish a post, or correct `feed`.", Manual: feeds})
	}
	if s.BackfillError != "" {
		found = append(found, problem{Where: s.Name, Text: s.BackfillError, Remedy: s.BackfillRemedy, Manual: older})
	}
	for _, warning := range s.FeedWarnings {
		found = append(found, problem{Where: s.Name, Text: warning.Problem, Remedy: warning.Remedy, Manual: feeds})
	}
	return found
}
