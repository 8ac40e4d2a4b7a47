package inspect

import (
	"net/http"
	"time"
)

// Status is what the service knows of itself.
type Status struct {
	Version     string
	Started     time.Time
	Listener    string // of the public one, its address
	Skills      []Skill
	Certificate Certificate
	Trouble     string // why the configuration was not reloaded; "": it was
}

// A Skill is one that the service answers for.
type Skill struct {
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
	Older            string // how far the walk through older posts is
	Trouble          string // what is wrong with the feed; "": nothing
}

// Ready tells whether there are posts to answer from.
func (s Skill) Ready() bool { return s.Posts > 0 }

// Certificate is that of the public listener.
type Certificate struct {
	Mode     string // of the configuration
	Names    []string
	NotAfter time.Time // zero: there is none, or a proxy in front has it
	Trouble  string
}

// calledSkill is a skill with who called it.
type calledSkill struct {
	Skill
	Calls Calls
}

func (p *Page) status(w http.ResponseWriter, _ *http.Request) {
	s, now := p.Status(), p.Now()
	view := struct {
		Status
		Called   []calledSkill
		Refusals []Refusal
		Dropped  uint64
		Ready    bool
		Until    int // days until the certificate ends
	}{Status: s, Refusals: p.Recorder.Refusals(now), Dropped: p.Recorder.Dropped(), Ready: s.Certificate.Trouble == "" && s.Trouble == ""}
	view.Until = int(s.Certificate.NotAfter.Sub(now).Hours() / 24)
	if !s.Certificate.NotAfter.IsZero() && view.Until < 1 {
		view.Ready = false
	}
	for _, skill := range s.Skills {
		view.Called = append(view.Called, calledSkill{skill, p.Recorder.Calls(skill.Name)})
		view.Ready = view.Ready && skill.Ready()
	}
	p.show(w, http.StatusOK, "status", view)
}
