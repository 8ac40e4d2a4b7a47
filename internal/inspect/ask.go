package inspect

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Player plays Alexa: its requests are signed with a key that nobody else has, verified as hers are, and answered by
// the skill itself.
type Simulator interface {
	// StartConversation begins a conversation with a skill, on a device with a screen or without.
	StartConversation(skill, locale string, screen bool) (Conversation, error)
}

// A Talk is one conversation.
type Conversation interface {
	// SendUtterance says something. An error is that nothing could be asked; that it was refused, or not understood, is a turn.
	SendUtterance(ctx context.Context, words string) (Turn, error)
}

// A Turn is what was said, and what came back.
type Turn struct {
	Utterance  string // that were said
	Intent     string // the intent that they were taken for, with its slots
	Speech     string // the words of the answer
	Reprompt   string // what is said into a silence
	Card       *Card  // nil: none
	AudioURL   string // the address of what is played; "": nothing
	UsesScreen bool   // something is shown on it
	Listening  bool   // Alexa listens on
	Error      string // why there is no answer; "": there is
	RequestID  string
}

// A Card is what the Alexa app shows.
type Card struct{ Title, Text, Image string }

// Bounds of what is remembered of conversations.
const (
	maxTalks = 8
	maxTurns = 50
	maxWords = 500
)

// A talk is a conversation with what was said in it.
type talk struct {
	ID            string
	Skill, Locale string
	Screen        bool
	Turns         []Turn

	mu   sync.Mutex // one thing is said at a time
	with Conversation
}

// askView is the form, and the conversation that is carried on; the newest turn comes first.
type askView struct {
	ID, Skill, Locale string
	Screen            bool
	Turns             []Turn
	Open              bool // Alexa listens
	Skills            []SkillStatus
	Locales           []string
	Trouble           string
}

func (p *Page) asked(w http.ResponseWriter, r *http.Request) {
	k, _ := p.talks.Get(r.URL.Query().Get("talk"))
	view := p.askView(k)
	if view.ID == "" {
		view.Skill = cmp.Or(r.URL.Query().Get("skill"), view.Skill)
	}
	p.show(w, http.StatusOK, "ask", view)
}

func (p *Page) askView(k *talk) askView {
	view := askView{Skills: p.Status().Skills}
	for _, skill := range view.Skills {
		view.Skill = cmp.Or(view.Skill, skill.Name)
		view.Locales = append(view.Locales, skill.Locales...)
	}
	slices.Sort(view.Locales)
	view.Locales = slices.Compact(view.Locales)
	if k == nil {
		return view
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	view.ID, view.Skill, view.Locale, view.Screen = k.ID, k.Skill, k.Locale, k.Screen
	view.Turns = slices.Clone(k.Turns)
	if len(view.Turns) > 0 {
		view.Open = view.Turns[len(view.Turns)-1].Listening
	}
	slices.Reverse(view.Turns)
	return view
}

// ask says what the form says, and leads to the conversation, so that a reload says nothing twice.
func (p *Page) ask(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	k, err := p.talkOf(r)
	if err == nil {
		err = k.say(r, strings.TrimSpace(cut(r.PostForm.Get("words"), maxWords)))
	}
	if err != nil {
		view := p.askView(k)
		view.Trouble = err.Error()
		p.show(w, http.StatusBadGateway, "ask", view)
		return
	}
	http.Redirect(w, r, "/ask?talk="+k.ID, http.StatusSeeOther)
}

// talkOf gives the conversation that the form carries on, or begins one where it is another's: another skill, another
// language, another device.
func (p *Page) talkOf(r *http.Request) (*talk, error) {
	form := r.PostForm
	skill, locale, screen := form.Get("skill"), cmp.Or(form.Get("locale"), "en-US"), form.Get("screen") != ""
	k, _ := p.talks.Get(form.Get("talk"))
	if k != nil && k.Skill == skill && k.Locale == locale && k.Screen == screen && form.Get("anew") == "" {
		return k, nil
	}
	with, err := p.Simulator.StartConversation(skill, locale, screen)
	if err != nil {
		return k, err
	}
	k = &talk{ID: rand.Text(), Skill: skill, Locale: locale, Screen: screen, with: with}
	p.talks.Add(k.ID, k)
	return k, nil
}

func (k *talk) say(r *http.Request, words string) error {
	ctx, cancel := withTime(r)
	defer cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	turn, err := k.with.SendUtterance(ctx, words)
	if err != nil {
		return err
	}
	k.Turns = append(k.Turns, turn)
	if len(k.Turns) > maxTurns {
		k.Turns = slices.Delete(k.Turns, 0, len(k.Turns)-maxTurns)
	}
	return nil
}

func cut(text string, most int) string { return strings.ToValidUTF8(text[:min(len(text), most)], "") }
