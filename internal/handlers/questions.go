package handlers

import "lastpost/internal/phrases"

// A question is what an answer ends with, and what a yes or a no then answers.
type question string

const (
	askNothing question = ""
	askRead    question = "read"  // shall I read the post?
	askPlay    question = "play"  // shall I play its episode?
	askOn      question = "on"    // shall I go on reading?
	askNext    question = "next"  // shall I read the next one?
	askOlder   question = "older" // shall I name the one before it?
	askWhich   question = "which" // which one of the list, or more?
	askLast    question = "last"  // which one of the list, of which there is no more?
	askElse    question = "else"  // is there anything else?
	askWhat    question = "what"  // what would you like?
)

// A form is what a question sounds like, what it is about, and what follows from a yes. After a no there is always askElse,
// and after that the end.
type form struct {
	question, reprompt phrases.Message
	topic              topic // onNothing: whatever it was
	yes                func(*turn) answer
}

// form gives what belongs to a question; false for what is none of ours.
func (q question) form() (form, bool) {
	switch q {
	case askNothing:
		return form{yes: (*turn).suggest}, true
	case askRead:
		return form{phrases.AskRead, phrases.AskReadAgain, onPost, (*turn).readCurrent}, true
	case askPlay:
		return form{phrases.AskPlay, phrases.AskPlayAgain, onPost, (*turn).playCurrent}, true
	case askOn:
		return form{phrases.AskOn, phrases.AskOnAgain, onText, (*turn).readOn}, true
	case askNext:
		return form{phrases.AskNext, phrases.AskNextAgain, onText, (*turn).readNext}, true
	case askOlder:
		return form{phrases.AskOlder, phrases.AskOlderAgain, onPost, (*turn).older}, true
	case askWhich:
		return form{phrases.AskWhich, phrases.AskWhichAgain, onList, (*turn).nextPage}, true
	case askLast:
		return form{phrases.AskLast, phrases.AskLastAgain, onList, (*turn).which}, true
	case askElse:
		return form{phrases.AskElse, phrases.WhatNowAgain, onNothing, (*turn).what}, true
	case askWhat:
		return form{phrases.WhatNow, phrases.WhatNowAgain, onNothing, (*turn).suggest}, true
	}
	return form{}, false
}

// yes does what was asked.
func (t *turn) yes() answer {
	form, _ := t.place.Asked.form() // an unknown one has not got into the place
	return form.yes(t)
}

// no leaves what was asked; after a second one the listener is through.
func (t *turn) no() answer {
	switch t.place.Asked {
	case askNothing, askElse, askWhat:
		return t.stop()
	}
	return t.say(phrases.AllRight, phrases.Words{}).ask(askElse)
}

func (t *turn) what() answer { return t.answer().ask(askWhat) }

// suggest says what there is to ask for, to whom a question alone did not help.
func (t *turn) suggest() answer { return t.say(phrases.WhatNowAgain, phrases.Words{}).ask(askWhat) }

// which asks again for one of the list. The only one of a page needs no number.
func (t *turn) which() answer {
	if page := t.place.List.Page; len(page) == 1 {
		return t.chooseRef(page[0])
	}
	return t.say(phrases.AskLastAgain, phrases.Words{}).ask(askLast)
}

// help explains, and asks again what was asked.
func (t *turn) help() answer { return t.explain(phrases.Help) }

// fallback is for what was not understood. An episode in the middle of which it came goes on.
func (t *turn) fallback() answer {
	if t.amidEpisode() {
		return t.say(phrases.FallbackEpisode, phrases.Words{})
	}
	return t.explain(phrases.Fallback)
}

func (t *turn) explain(message phrases.Message) answer {
	again := t.place.Asked
	if again == askNothing || again == askElse {
		again = askWhat
	}
	return t.say(message, phrases.Words{}).ask(again)
}
