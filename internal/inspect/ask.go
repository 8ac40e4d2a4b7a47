package inspect

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"

	"lastpost/internal/inspect/present"
)

// A Simulator plays Alexa. It signs its requests with a private test key. The service verifies them as it verifies
// Alexa's requests, and the skill answers them.
type Simulator interface {
	// StartConversation starts a conversation with a skill. screen reports whether the device has a screen.
	StartConversation(skill, locale string, screen bool) (Conversation, error)
}

// A Conversation is one session with a skill.
type Conversation interface {
	// SendUtterance sends what the listener says. An error means that no request could be sent. A refused or failed
	// request is a Turn with an Error.
	SendUtterance(ctx context.Context, utterance string) (ConversationTurn, error)
}

// A ConversationTurn is one utterance and the response to it.
type ConversationTurn struct {
	Utterance  string // said by the listener
	Intent     string // the recognized intent with its slots
	Speech     string // spoken text of the response
	Reprompt   string // spoken if the listener stays silent
	Card       *Card  // nil: none
	AudioURL   string // played by the device; "": none
	UsesScreen bool   // the response shows content on the screen
	Listening  bool   // the session is open
	Error      string // error message instead of a response; "": none
	RequestID  string
}

// A Card appears in the Alexa app.
type Card struct{ Title, Text, Image string }

// Bounds of the stored conversations.
const (
	maxConversations = 8
	maxTurns         = 50
	maxInputBytes    = 500
)

// A storedConversation is a conversation that the operator has with a skill in the page's form.
type storedConversation struct {
	ID            string
	Skill, Locale string
	Screen        bool
	Turns         []ConversationTurn

	mu     sync.Mutex // serializes the utterances
	client Conversation
}

// An askView is the data of the page with the form and the current conversation. The newest turn comes first.
type askView struct {
	ID, Skill, Locale string
	Screen            bool
	Turns             []ConversationTurn
	Listening         bool // the session is open
	Skills            []SkillStatus
	Locales           []string
	Error             string
}

func (p *Page) showAskPage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	c, _ := p.conversations.Get(query.Get("conversation"))
	view := p.newAskView(c)
	if view.ID == "" { // a link or the button "New conversation" chooses the device of a new conversation
		view.Skill, view.Locale = cmp.Or(query.Get("skill"), view.Skill), query.Get("locale")
		view.Screen = query.Get("screen") != ""
	}
	allowImages(w, view.images()...)
	p.renderPage(w, http.StatusOK, "ask", view)
}

func (p *Page) newAskView(c *storedConversation) askView {
	view := askView{Skills: p.Status().Skills}
	for _, skill := range view.Skills {
		view.Skill = cmp.Or(view.Skill, skill.Name)
		view.Locales = append(view.Locales, skill.Locales...)
	}
	slices.Sort(view.Locales)
	view.Locales = slices.Compact(view.Locales)
	if c == nil {
		return view
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	view.ID, view.Skill, view.Locale, view.Screen = c.ID, c.Skill, c.Locale, c.Screen
	view.Turns = slices.Clone(c.Turns)
	if len(view.Turns) > 0 {
		view.Listening = view.Turns[len(view.Turns)-1].Listening
	}
	slices.Reverse(view.Turns)
	return view
}

// images returns the images of the cards.
func (v askView) images() (found []present.Image) {
	for _, turn := range v.Turns {
		if turn.Card != nil {
			found = append(found, present.WebImage(turn.Card.Image))
		}
	}
	return found
}

// submitUtterance sends the form's utterance to the skill. Then it redirects the browser to the conversation, so that a
// reload of the page does not send the utterance again.
func (p *Page) submitUtterance(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "invalid form data", http.StatusBadRequest)
		return
	}
	c, err := p.findConversation(r)
	if err == nil {
		err = c.sendUtterance(r, strings.TrimSpace(truncateText(r.PostForm.Get("words"), maxInputBytes)))
	}
	if err != nil {
		view := p.newAskView(c)
		view.Error = err.Error()
		p.renderPage(w, http.StatusBadGateway, "ask", view)
		return
	}
	http.Redirect(w, r, "/ask?conversation="+c.ID, http.StatusSeeOther)
}

// findConversation returns the conversation that the form names. It starts a new conversation if that one does not exist,
// or has another skill, locale or device.
func (p *Page) findConversation(r *http.Request) (*storedConversation, error) {
	form := r.PostForm
	skill, locale, screen := form.Get("skill"), cmp.Or(form.Get("locale"), "en-US"), form.Get("screen") != ""
	c, _ := p.conversations.Get(form.Get("conversation"))
	if c != nil && c.Skill == skill && c.Locale == locale && c.Screen == screen {
		return c, nil
	}
	client, err := p.Simulator.StartConversation(skill, locale, screen)
	if err != nil {
		return c, err
	}
	c = &storedConversation{ID: rand.Text(), Skill: skill, Locale: locale, Screen: screen, client: client}
	p.conversations.Add(c.ID, c)
	return c, nil
}

func (c *storedConversation) sendUtterance(r *http.Request, utterance string) error {
	ctx, cancel := withPageTimeout(r)
	defer cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	turn, err := c.client.SendUtterance(ctx, utterance)
	if err != nil {
		return err
	}
	c.Turns = append(c.Turns, turn)
	if len(c.Turns) > maxTurns {
		c.Turns = slices.Delete(c.Turns, 0, len(c.Turns)-maxTurns)
	}
	return nil
}

// truncateText returns the first bytes of text, at most limit, as valid UTF-8.
func truncateText(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}
