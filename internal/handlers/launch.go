package handlers

import (
	"strings"

	"lastpost/internal/feed"
	"lastpost/internal/handlers/rendering"
	"lastpost/internal/phrases"
)

// handleLaunch greets the listener, and offers the newest post or does what the operator chose. It does so in the same
// answer, because newer devices send only "open Half Elf" to a skill.
func (t *turn) handleLaunch() answer {
	a := t.launch()
	if a.state.Focus != focusList || t.responder.Settings.Launch != "list" {
		a.state.List = nil // a launch begins a new conversation
	}
	return t.greet().followedBy(a)
}

// launch returns the answer to a launch, without a greeting.
func (t *turn) launch() answer {
	latest, ok := t.latestPost()
	if !ok {
		return t.sayNoPosts()
	}
	switch t.responder.Settings.Launch {
	case "read":
		if len(t.render(latest).Turns) > 0 {
			return t.startReading(latest)
		}
	case "play":
		if episode, ok := t.newestPlayable(); ok {
			return t.playEpisode(episode)
		}
	case "list":
		if count, _ := t.responder.Posts.Count(feed.Filter{}); count > 1 {
			return t.listNewest()
		}
	}
	return t.offerLatest(latest)
}

// greet says the operator's greeting, or greets a returning listener shortly and others with the blog's name.
func (t *turn) greet() answer {
	switch {
	case t.responder.Settings.Greeting != "":
		return t.sayOwnWords(t.responder.Settings.Greeting)
	case t.state.Since != "":
		return t.say(phrases.WelcomeBack, phrases.Params{})
	}
	return t.say(phrases.Greeting, phrases.Params{})
}

// sayGoodbye says the operator's goodbye, or the skill's own.
func (t *turn) sayGoodbye() answer {
	if own := t.responder.Settings.Goodbye; own != "" {
		return t.sayOwnWords(own)
	}
	return t.say(phrases.Goodbye, phrases.Params{})
}

// sayOwnWords says a text of the operator.
func (t *turn) sayOwnWords(text string) answer {
	return t.newAnswer().quoteText("", rendering.EndSentence(strings.TrimSpace(text)))
}

// offerLatest says how many posts are new to the listener, tells the newest post with its first sentence, and asks the
// most useful question.
func (t *turn) offerLatest(latest feed.Post) answer {
	switch news := t.countNew(); {
	case news > 0:
		return t.offer(phrases.LaunchNew, latest, phrases.Params{Count: news})
	case t.state.Since != "":
		return t.say(phrases.NothingNew, phrases.Params{}).followedBy(t.offer(phrases.Latest, latest, phrases.Params{}))
	}
	return t.offer(phrases.Latest, latest, phrases.Params{})
}

// offer announces a post with its first sentence.
func (t *turn) offer(message phrases.Message, p feed.Post, params phrases.Params) answer {
	a, rendered := t.announce(message, p, params), t.render(p)
	if rendered.Beginning == "" {
		return a
	}
	return a.quoteText(rendered.Voice, rendering.EndSentence(rendered.Beginning))
}

// newestPlayable returns the newest episode that the device can play.
func (t *turn) newestPlayable() (feed.Post, bool) {
	episode, ok := t.responder.Posts.Newest(feed.Filter{Episodes: true})
	if !ok || !t.supportsAudio() || t.render(episode).IsPlayable() {
		return episode, ok && t.supportsAudio()
	}
	return t.nearestPlayable(episode, t.responder.Posts.Older)
}
