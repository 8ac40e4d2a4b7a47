package inspect

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"lastpost/internal/faultlog"
	"lastpost/internal/inspect/present"
)

// ServiceStatus is the current state of the service.
type ServiceStatus struct {
	Version      string
	Started      time.Time
	Listener     string // address of the public listener
	Skills       []SkillStatus
	TLS          string              // tls.mode of the configuration
	Certificates []CertificateStatus // none if a proxy has the certificate
	ReloadError  string              // why the last reload failed; "": it succeeded
	SelfChecks   []SelfCheckResult   // of the service's checks of itself; nil before the first
	Faults       []faultlog.Seen     // faults that came from outside, the latest first
}

// A SelfCheckResult is the latest result of one check of the running service.
type SelfCheckResult struct {
	Name, Level  string // Level: "ok", "unknown", "warn" or "fail"
	Text, Remedy string
	Checked      time.Time
}

// IsFault reports whether the operator must act.
func (r SelfCheckResult) IsFault() bool { return r.Level == "warn" || r.Level == "fail" }

// joinUnknown makes one entry of the checks that cannot see the answer for the same reason, such as a proxy that has the
// certificate.
func joinUnknown(checks []SelfCheckResult) (joined []SelfCheckResult) {
	for _, check := range checks {
		same := func(c SelfCheckResult) bool {
			return c.Level == "unknown" && c.Text == check.Text && c.Remedy == check.Remedy
		}
		if at := slices.IndexFunc(joined, same); check.Level == "unknown" && at >= 0 {
			joined[at].Name += ", " + check.Name
			continue
		}
		joined = append(joined, check)
	}
	return joined
}

// findSkill returns the skill with this name, or false if there is none.
func (s ServiceStatus) findSkill(name string) (SkillStatus, bool) {
	i := slices.IndexFunc(s.Skills, func(skill SkillStatus) bool { return skill.Name == name })
	if i < 0 {
		return SkillStatus{}, false
	}
	return s.Skills[i], true
}

// endpointURL returns the URL of a skill's endpoint, or an example if it is unknown.
func (s ServiceStatus) endpointURL(name string) string {
	skill, _ := s.findSkill(name)
	return cmp.Or(skill.Endpoint, "https://skill.example.com/alexa/"+name)
}

// zone returns the time zone of a skill's blog. A skill that is no longer configured has the zone of the pages.
func (s ServiceStatus) zone(name string) *time.Location {
	if skill, ok := s.findSkill(name); ok {
		return skill.Zone
	}
	return s.commonZone()
}

// commonZone returns the time zone for times that do not belong to a skill: the zone of all blogs, or else nil, UTC.
func (s ServiceStatus) commonZone() *time.Location {
	for i, skill := range s.Skills {
		if i > 0 && zoneKey(skill.Zone) != zoneKey(s.Skills[0].Zone) {
			return nil
		}
	}
	if len(s.Skills) == 0 {
		return nil
	}
	return s.Skills[0].Zone
}

// zoneNames describes the time zones of the pages.
func (s ServiceStatus) zoneNames(now time.Time) string {
	common := s.commonZone()
	for _, skill := range s.Skills {
		if zoneKey(skill.Zone) != zoneKey(common) {
			return "each blog's own time zone, and in UTC where no blog is concerned"
		}
	}
	return present.ZoneName(common, now)
}

func zoneKey(zone *time.Location) string {
	if zone == nil {
		return time.UTC.String()
	}
	return zone.String()
}

// A SkillStatus is the state of one skill.
type SkillStatus struct {
	Name, Invocation string
	Zone             *time.Location // of the blog; nil: UTC
	Endpoint         string         // URL for Amazon's console; "": unknown
	Locales          []string
	Feed             string // feed URL without credentials
	Posts            int
	Newest           string // title of the newest post
	Published        time.Time
	LastPoll         time.Time // last successful poll; zero: none
	NextPoll         time.Time // zero: not scheduled
	Polls, Failures  uint64
	Backfill         string // progress of the backfill of older posts
	FeedError        string // "": the feed works
	FeedRemedy       string // what the operator can do about FeedError
	FeedWarnings     []FeedWarning
	BackfillError    string    // why older posts cannot be fetched; "": they can, or there are none
	BackfillRemedy   string    // what the operator can do about BackfillError
	BackfillRetry    time.Time // the next attempt
}

// A FeedWarning is a fault of a feed whose posts are served nevertheless.
type FeedWarning struct{ Problem, Remedy string }

// IsReady reports whether the skill has posts.
func (s SkillStatus) IsReady() bool { return s.Posts > 0 }

// Health returns "healthy", "warning" or "failing".
func (s SkillStatus) Health() string { return healthOf(s.problems()) }

// A CertificateStatus is the state of a certificate of the public listener.
type CertificateStatus struct {
	Name     string
	NotAfter time.Time // zero: no certificate exists yet
	Error    string    // why it was not issued or renewed; "": no error
}

// expiryWarning is how long before its expiry a certificate is marked. Renewal should have happened by then.
const expiryWarning = 10 * 24 * time.Hour

// stateAt returns "valid", "expiring" or "expired".
func (c CertificateStatus) stateAt(now time.Time) string {
	switch left := c.NotAfter.Sub(now); {
	case left <= 0:
		return "expired"
	case left < expiryWarning:
		return "expiring"
	}
	return "valid"
}

// A statusView is the data of the status page.
type statusView struct {
	ServiceStatus
	Problems []problem
	Health   string // "healthy", "warning" or "failing"
	Zone     *time.Location
	Refusals []RefusalCount
	Dropped  uint64
}

// maskStatus masks the secrets in texts that quote other programs.
func (r *RequestRecorder) maskStatus(s ServiceStatus) ServiceStatus {
	r.initialize()
	s.Faults, s.SelfChecks = slices.Clone(s.Faults), slices.Clone(s.SelfChecks)
	for i := range s.Faults {
		s.Faults[i].Text = r.maskText(s.Faults[i].Text)
	}
	for i := range s.SelfChecks {
		s.SelfChecks[i].Text = r.maskText(s.SelfChecks[i].Text)
	}
	s.ReloadError = r.maskText(s.ReloadError)
	return s
}

func (p *Page) showStatus(w http.ResponseWriter, _ *http.Request) {
	now, status := p.Now(), p.Recorder.maskStatus(p.Status())
	status.SelfChecks = joinUnknown(status.SelfChecks)
	view := statusView{ServiceStatus: status, Problems: status.problems(now), Zone: status.commonZone(),
		Refusals: p.Recorder.RecentRefusals(now), Dropped: p.Recorder.Dropped()}
	view.Health = healthOf(view.Problems)
	p.renderPage(w, http.StatusOK, "status", view)
}
