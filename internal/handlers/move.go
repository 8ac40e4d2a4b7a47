package handlers

import (
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// next goes on to what is next of what the conversation is about: the next older episode while one is played, the next
// page of a list, the next older post.
func (t *turn) next() answer {
	switch {
	case t.hasEpisode():
		return t.skipEpisode(t.skill.Posts.Older, phrases.NoOlderEpisode)
	case t.place.Topic == onList:
		return t.nextPage()
	case t.place.Asked == askNext: // "the next post" was just named
		return t.readNext()
	}
	return t.older()
}

// previous goes back likewise: previous is newer.
func (t *turn) previous() answer {
	switch {
	case t.hasEpisode():
		return t.skipEpisode(t.skill.Posts.Newer, phrases.NoNewerEpisode)
	case t.place.Topic == onList:
		return t.previousPage()
	}
	return t.move(t.skill.Posts.Newer, phrases.Newer, phrases.NoNewer)
}

// older goes to the next older post.
func (t *turn) older() answer { return t.move(t.skill.Posts.Older, phrases.Older, phrases.NoOlder) }

// goOn is for "continue": on with the text or the list, also where something else was asked meanwhile.
func (t *turn) goOn() answer {
	switch {
	case t.place.Asked == askNext:
		return t.readNext()
	case t.place.Topic == onText:
		return t.readOn()
	case t.place.Topic == onList:
		return t.nextPage()
	}
	return t.resume()
}

// A step goes from a post to the nearest one in a direction that a filter selects.
type step = func(feed.Post, feed.Filter) (feed.Post, bool)

// move goes from the post that the conversation is about to a neighbour. Where it is about none yet, it begins.
func (t *turn) move(to step, message, none phrases.Message) answer {
	if t.place.Post == "" {
		return t.tellLatest()
	}
	neighbour, ok := to(t.anchor(), feed.Filter{})
	if !ok {
		return t.say(none, phrases.Words{}).ask(askElse)
	}
	return t.tell(message, neighbour, phrases.Words{})
}

// anchor gives the post that the conversation is about; where it is kept no more, its instant, which has neighbours too.
func (t *turn) anchor() feed.Post {
	if post, ok := t.current(); ok {
		return post
	}
	second, _, _ := t.place.Post.parts() // a place has no refs but those
	return feed.Post{Published: time.Unix(second, 0)}
}

// repeat says again what was said last.
func (t *turn) repeat() answer {
	switch {
	case t.hasEpisode():
		return t.playAgain()
	case t.place.Topic == onList:
		return t.turnTo(t.place.List.First, t.gone)
	case t.place.Topic == onText:
		return t.readAgain(t.place.Part)
	}
	return t.tellHere()
}

// tellHere names the post that the conversation is about once more, or the latest where it is about none yet.
func (t *turn) tellHere() answer {
	post, kept := t.current()
	latest, _ := t.latest()
	switch {
	case t.place.Post != "" && !kept:
		return t.gone()
	case post.ID == latest.ID || !kept:
		return t.tellLatest()
	}
	return t.tell(phrases.ThePost, post, phrases.Words{})
}

// startOver begins again: the episode, the list, the post that is being read, or else with the latest.
func (t *turn) startOver() answer {
	switch {
	case t.hasEpisode():
		return t.playAgain()
	case t.place.Topic == onList:
		return t.relist()
	case t.place.Topic == onText:
		return t.readCurrent()
	}
	return t.tellLatest()
}
