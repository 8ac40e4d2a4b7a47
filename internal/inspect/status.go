package inspect

import (
	"cmp"
	"net/http"
	"slices"
	"time"
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

// A SkillStatus is the state of one skill.
type SkillStatus struct {
	Name, Invocation string
	Endpoint         string // URL for Amazon's console; "": unknown
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

func (p *Page) showStatus(w http.ResponseWriter, _ *http.Request) {
	now := p.Now()
	view := struct {
		ServiceStatus
		Refusals []RefusalCount
		Dropped  uint64
		Ready    bool
	}{ServiceStatus: p.Status(), Refusals: p.Recorder.RecentRefusals(now), Dropped: p.Recorder.Dropped()}
	faulty := slices.ContainsFunc(view.Certificates, func(c CertificateStatus) bool { return c.stateAt(now) == "expired" }) ||
		slices.ContainsFunc(view.Skills, func(s SkillStatus) bool { return !s.IsReady() || s.FeedError != "" })
	view.Ready = view.ReloadError == "" && !faulty
	p.renderPage(w, http.StatusOK, "status", view)
}
