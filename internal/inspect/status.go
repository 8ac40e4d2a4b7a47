package inspect

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// ServiceStatus is what the service knows of itself.
type ServiceStatus struct {
	Version      string
	Started      time.Time
	Listener     string // of the public one, its address
	Skills       []SkillStatus
	TLS          string              // the mode of the configuration
	Certificates []CertificateStatus // none where a proxy in front has it
	ReloadError  string              // why the configuration was not reloaded; "": it was
}

// skill gives the skill of a name; false where there is none, or none any more.
func (s ServiceStatus) skill(name string) (SkillStatus, bool) {
	i := slices.IndexFunc(s.Skills, func(skill SkillStatus) bool { return skill.Name == name })
	if i < 0 {
		return SkillStatus{}, false
	}
	return s.Skills[i], true
}

// endpoint is where a skill's requests go to: an example where that is not known.
func (s ServiceStatus) endpoint(name string) string {
	skill, _ := s.skill(name)
	return cmp.Or(skill.Endpoint, "https://skill.example.com/alexa/"+name)
}

// A Skill is one that the service answers for.
type SkillStatus struct {
	Name, Invocation string
	Endpoint         string // the URL for Amazon's console; "": unknown
	Locales          []string
	Feed             string // that is fetched, without passwords
	Posts            int
	Newest           string // the newest post's title
	Published        time.Time
	LastPoll         time.Time // that was good; zero: none
	NextPoll         time.Time // zero: none is planned
	Polls, Failures  uint64
	Backfill         string // how far the walk through older posts is
	FeedError        string // what is wrong with the feed; "": nothing
}

// IsReady tells whether there are posts to answer from.
func (s SkillStatus) IsReady() bool { return s.Posts > 0 }

// A Certificate is one of the public listener's.
type CertificateStatus struct {
	Name     string
	NotAfter time.Time // zero: there is none yet
	Error    string    // why there is none, or no newer one; "": nothing is wrong
}

// soon is when a certificate that was not renewed wants an eye.
const soon = 10 * 24 * time.Hour

// state is well, soon, or ended.
func (c CertificateStatus) state(now time.Time) string {
	switch left := c.NotAfter.Sub(now); {
	case left <= 0:
		return "ended"
	case left < soon:
		return "soon"
	}
	return "well"
}

func (p *Page) status(w http.ResponseWriter, _ *http.Request) {
	now := p.Now()
	view := struct {
		ServiceStatus
		Refusals []Refusal
		Dropped  uint64
		Ready    bool
	}{ServiceStatus: p.Status(), Refusals: p.Recorder.Refusals(now), Dropped: p.Recorder.Dropped()}
	faulty := slices.ContainsFunc(view.Certificates, func(c CertificateStatus) bool { return c.state(now) == "ended" }) ||
		slices.ContainsFunc(view.Skills, func(s SkillStatus) bool { return !s.IsReady() || s.FeedError != "" })
	view.Ready = view.ReloadError == "" && !faulty
	p.show(w, http.StatusOK, "status", view)
}
