package handlers

import (
	"slices"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// An answer is what a handler returns: what is said, the question that is left, the state of the conversation after it, and
// what the device shows and plays. It is a value: each method returns a changed copy.
type answer struct {
	parts      []part
	prompt     question // said last; askNothing ends the session
	state      place    // respond sets Version and Asked
	card       *alexa.Card
	directives []alexa.Directive
}

// A part of what is said is a message in the listener's language, or text of the blog.
type part struct {
	message phrases.Message // "" for text of the blog
	words   phrases.Words
	text    alexa.Speech
}

// answer returns the answer that says nothing, asks nothing and keeps the state that the request came with.
func (t *turn) answer() answer { return answer{state: t.place} }

// say begins an answer with a message.
func (t *turn) say(message phrases.Message, words phrases.Words) answer {
	return t.answer().say(message, words)
}

// say adds a message. It needs neither the blog's name nor a pick.
func (a answer) say(message phrases.Message, words phrases.Words) answer {
	return a.add(part{message: message, words: words})
}

// quote adds a text of the blog in the voice of its locale; "" is the listener's own.
func (a answer) quote(locale, text string) answer { return a.add(quotation(locale, text)) }

// quotation is the part that quote adds.
func quotation(locale, text string) (p part) {
	p.text.Lang(locale, text)
	return p
}

// add copies the parts, so that two answers that begin alike do not share them.
func (a answer) add(parts ...part) answer {
	a.parts = slices.Concat(a.parts, parts)
	return a
}

// then says what a says, and goes on with next: its question, state, card and directives hold.
func (a answer) then(next answer) answer {
	next.parts = slices.Concat(a.parts, next.parts)
	return next
}

// ask leaves a question.
func (a answer) ask(q question) answer {
	a.prompt = q
	return a
}

// about makes a post the one that the conversation is about.
func (a answer) about(p feed.Post, as topic) answer {
	a.state.Post, a.state.Topic, a.state.Part, a.state.Text = refOf(p), as, 0, 0
	return a
}

// respond turns an answer into Alexa's response. The question is said last, and the session attributes hold the state. An
// answer without a question ends the session: nothing asks and closes, and nothing stays open without a question.
func (t *turn) respond(a answer) *alexa.Response {
	r := &alexa.Response{Card: a.card, Directives: a.directives, ShouldEndSession: new(a.prompt == askNothing)}
	for _, p := range a.parts {
		if p.message == "" {
			r.Speech.Add(p.text)
			continue
		}
		r.Speech.Text(t.words(p.message, p.words))
	}
	if a.prompt == askNothing {
		return r
	}
	form, _ := a.prompt.form()
	r.Speech.Text(t.words(form.question, phrases.Words{}))
	r.Reprompt = alexa.Say(t.words(form.reprompt, phrases.Words{}))
	a.state.Version, a.state.Asked = placeVersion, a.prompt
	r.Attributes = map[string]any{placeAttribute: a.state}
	return r
}
