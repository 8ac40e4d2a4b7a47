package handlers

import (
	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// readPost reads a post aloud: the newest of the period that was asked for, else the one that the conversation is about,
// else the latest.
func (t *turn) readPost() answer { return t.dated(t.readPeriod, t.readHere) }

func (t *turn) readPeriod(period alexa.Period) answer {
	if post, ok := t.skill.Posts.Newest(within(period)); ok {
		return t.read(post)
	}
	return t.tellBefore(period)
}

func (t *turn) readHere() answer {
	switch {
	case t.place.Topic == onList && len(t.place.List.Page) == 1:
		return t.chooseRef(t.place.List.Page[0])
	case t.place.Topic == onList:
		return t.answer().ask(t.place.Asked.ofList())
	case t.place.Asked == askNext: // it is what was just offered
		return t.readNext()
	case t.place.Post != "":
		return t.readCurrent()
	}
	post, ok := t.latest()
	if !ok {
		return t.noPosts()
	}
	return t.read(post)
}

// readCurrent reads the post that was just offered.
func (t *turn) readCurrent() answer {
	if post, ok := t.current(); ok {
		return t.read(post)
	}
	return t.gone()
}

// gone is for a post that was kept a moment ago, and is no more.
func (t *turn) gone() answer { return t.say(phrases.Gone, phrases.Words{}).then(t.tellLatest()) }

// read begins to read a post: what it is, and its first part. Its card was shown when it was named.
func (t *turn) read(post feed.Post) answer {
	story := t.story(post)
	switch {
	case story.unread:
		return t.unread().about(post, onPost)
	case len(story.turns) == 0:
		return t.tell(phrases.NoText, post, phrases.Words{})
	}
	a := t.answer().about(post, onText).quote(story.locale, sentence(t.title(post))).say(phrases.From, phrases.Words{Date: t.date(post)})
	a = t.readPart(a, story, 1)
	if !t.named(post) {
		a.card = t.card(story)
	}
	return a
}

// named reports whether a post is the one that was named last, and is not being read.
func (t *turn) named(p feed.Post) bool { return t.place.Topic == onPost && t.place.Post == refOf(p) }

// unread is for a post that the archive has and does not give. The listener may try again from the same place.
func (t *turn) unread() answer { return t.say(phrases.Trouble, phrases.Words{}).ask(askElse) }

// readOn reads the part after the one that was read last.
func (t *turn) readOn() answer { return t.readAgain(t.place.Part + 1) }

// readAgain reads a part of the post that is being read. Where the post was edited since, its parts are others: it begins
// again. Where the part was the last one, the post is at its end.
func (t *turn) readAgain(part int) answer {
	post, ok := t.current()
	if !ok {
		return t.gone()
	}
	story := t.story(post)
	switch {
	case story.unread:
		return t.unread()
	case len(story.turns) == 0:
		return t.read(post)
	case story.text != t.place.Text:
		return t.say(phrases.Edited, phrases.Words{}).then(t.read(post))
	case part > len(story.turns):
		return t.endOfPost(t.answer(), post)
	}
	return t.readPart(t.answer(), story, part)
}

// readPart goes on with one part of the post that a is about, and asks whether to go on; behind the last one it says that
// this was the end.
func (t *turn) readPart(a answer, s *story, number int) answer {
	read := s.turns[number-1]
	a = a.add(part{text: read.Speech(s.locale)})
	a.directives = t.screenPost(s, read.String())
	a.state.Part, a.state.Text = number, s.text
	if number < len(s.turns) {
		return a.ask(askOn)
	}
	return t.endOfPost(a, s.Post)
}

// endOfPost goes on with that a post is at its end, and offers the next.
func (t *turn) endOfPost(a answer, p feed.Post) answer {
	next, ok := t.skill.Posts.Older(p, feed.Filter{})
	if !ok {
		return a.say(phrases.EndOfAll, phrases.Words{}).ask(askElse)
	}
	story := t.story(next)
	a = a.say(phrases.EndOfPost, phrases.Words{Date: t.date(next)}).quote(story.locale, sentence(t.name(next, story)))
	if len(story.turns) > 0 {
		return a.ask(askNext)
	}
	return a.about(next, onPost).ask(t.offer(story)) // what else it offers is about itself
}

// readNext reads the post after the one that was read, also where that one is kept no more.
func (t *turn) readNext() answer {
	if next, ok := t.skill.Posts.Older(t.anchor(), feed.Filter{}); ok {
		return t.read(next)
	}
	return t.say(phrases.NoOlder, phrases.Words{}).ask(askElse)
}
