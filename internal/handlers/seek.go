package handlers

import (
	"strconv"
	"time"

	"lastpost/internal/alexa"
	"lastpost/internal/feed"
	"lastpost/internal/handlers/playback"
	"lastpost/internal/phrases"
)

// defaultSkip is how far a request skips that does not say how far.
const defaultSkip = 30 * time.Second

// handleSkipForward plays the episode from a later position. The device ends it if the position is behind its end.
func (t *turn) handleSkipForward() answer { return t.skip(1) }

// handleSkipBack plays the episode from an earlier position.
func (t *turn) handleSkipBack() answer { return t.skip(-1) }

func (t *turn) skip(direction time.Duration) answer {
	distance, err := defaultSkip, error(nil)
	if value := t.slotValue("Duration"); value != "" {
		distance, err = alexa.ParseDuration(value)
	}
	if err != nil {
		return t.seek(phrases.HowFar, nil)
	}
	return t.seek("", func(at time.Duration) time.Duration { return at + direction*min(distance, playback.MaxPosition) })
}

// handleSeek plays the episode from a position: "start at minute ten", or "start at ten minutes".
func (t *turn) handleSeek() answer {
	position, err := alexa.ParseDuration(t.slotValue("Duration"))
	if number := t.slotValue("Number"); number != "" {
		var minute int
		minute, err = strconv.Atoi(number)
		position = time.Duration(min(max(minute, 0), int(playback.MaxPosition/time.Minute))) * time.Minute
	}
	if err != nil {
		return t.seek(phrases.WhichMinute, nil)
	}
	return t.seek("", func(time.Duration) time.Duration { return position })
}

// seek plays the episode of the conversation or of the player from another position. If unclear is not "", the request was
// not understood, and seek says unclear.
func (t *turn) seek(unclear phrases.Message, to func(at time.Duration) time.Duration) answer {
	post, start, ok := t.episodeToSeek()
	switch {
	case !ok:
		return t.offerLatestEpisode(phrases.NoEpisodePlaying)
	case unclear != "" && t.isOneShot():
		return t.say(unclear, phrases.Params{}) // the episode goes on
	case unclear != "":
		return t.explainAndAsk(unclear)
	}
	start.offset = min(max(to(min(start.offset, playback.MaxPosition)), 0), playback.MaxPosition)
	return t.startEpisode(post, start)
}

// episodeToSeek returns the episode whose position the listener changes, and its current position: the episode of the
// conversation, or else of the player, or else the one that the listener stopped on another device.
func (t *turn) episodeToSeek() (p feed.Post, start episodeStart, ok bool) {
	k, used := t.playerToken()
	post, kept := t.currentPost()
	if kept && t.state.Focus != focusList && !t.isPlaying() && post.ID != k.PostID && t.render(post).Audio.URL != "" {
		return post, episodeStart{offset: t.stopOf(post)}, true
	}
	if player, _ := t.playerState(); used {
		start = episodeStart{token: k, offset: player.Offset}
	} else if start, ok = t.lastStop(); !ok {
		return feed.Post{}, start, false
	}
	start.said = ""
	p, ok = t.playedPost(start.token)
	return p, start, ok
}
