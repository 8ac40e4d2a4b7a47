package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"lastpost/internal/utterance"
)

// A dialogue is what somebody types instead of saying it, and the state that Alexa's cloud and the device keep of it.
type dialogue struct {
	stage  *stage
	locale string
	screen bool // the device has one
	out    io.Writer

	last    reply
	player  *player
	playing time.Time // since when; zero: nothing is playing
}

// hold talks until the input ends: it opens the skill, unless there are words to begin with, and takes each line as what
// is said next.
func (d *dialogue) hold(ctx context.Context, in io.Reader, words string) error {
	_, _ = fmt.Fprintln(d.out, "Say what you would say to Alexa; an empty line is a silence, Ctrl-D leaves.")
	if words == "" {
		words = "open " + d.stage.blog.skill.InvocationName
	}
	_, _ = fmt.Fprintf(d.out, "You: %s\n", words)
	if err := d.hear(ctx, words); err != nil {
		return err
	}
	lines, failure := typed(ctx, in)
	for {
		_, _ = fmt.Fprint(d.out, "You: ")
		select {
		case <-ctx.Done():
			_, _ = fmt.Fprintln(d.out)
			return nil
		case line, ok := <-lines:
			if !ok {
				_, _ = fmt.Fprintln(d.out)
				return failure()
			}
			if !isTerminal(in) { // where it is one, the line stands there already
				_, _ = fmt.Fprintln(d.out, line)
			}
			if err := d.next(ctx, strings.TrimSpace(line)); err != nil {
				return err
			}
		}
	}
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// typed gives the lines of an input, and once they are at their end what ended them before the input did: a line of more
// than 64 KiB, say. Its goroutine ends with the input, or with the process: nothing ends the reading of a terminal.
func typed(ctx context.Context, in io.Reader) (lines <-chan string, failure func() error) {
	typed, scanner := make(chan string), bufio.NewScanner(in)
	go func() {
		defer close(typed)
		for scanner.Scan() {
			select {
			case typed <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return typed, func() error {
		if err := scanner.Err(); err != nil {
			return fmt.Errorf("reading what you say: %w", err)
		}
		return nil
	}
}

// next takes one line.
func (d *dialogue) next(ctx context.Context, line string) error {
	switch {
	case line != "":
		return d.hear(ctx, line)
	case d.last.open:
		_, _ = fmt.Fprintf(d.out, "  Alexa: %s\n", words(d.last.reprompt))
	default:
		_, _ = fmt.Fprintln(d.out, "  (nobody listens; what you say next begins a new session)")
	}
	return nil
}

// hear makes of words the request that Alexa would send, and prints the answer.
func (d *dialogue) hear(ctx context.Context, words string) error {
	heard, err := d.understand(ctx, words)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(d.out, "  heard: %s\n", understood(heard))
	return d.send(ctx, saying{intent: heard.Intent, slots: heard.Slots})
}

// understand makes of words what they ask for.
func (d *dialogue) understand(ctx context.Context, words string) (utterance.Heard, error) {
	categories, err := d.stage.blog.archive.Categories(ctx, mostCategories)
	if err != nil {
		return utterance.Heard{}, err
	}
	b := d.stage.blog
	recognizer, err := utterance.New(b.handler.Book.Language(d.locale))
	if err != nil {
		return utterance.Heard{}, err
	}
	heard, ok := recognizer.Hear(words, utterance.Hearing{
		Today: d.stage.now().In(b.skill.Location()), Skill: b.skill.InvocationName, Categories: categories,
	})
	if !ok {
		heard = utterance.Heard{Intent: "AMAZON.FallbackIntent"}
	}
	return heard, nil
}

// mostCategories is how many values of the slot Alexa is taught.
const mostCategories = 1000

// understood says which intent was heard, and with which slots.
func understood(h utterance.Heard) string {
	if h.Intent == "" {
		return "a launch"
	}
	said := h.Intent
	for _, slot := range slices.Sorted(maps.Keys(h.Slots)) {
		said += fmt.Sprintf(" %s=%s", slot, h.Slots[slot])
	}
	return said
}

// send sends one request of the dialogue, and prints the answer.
func (d *dialogue) send(ctx context.Context, say saying) error {
	say.locale, say.player, say.screen = d.locale, d.state(), d.screen
	if d.last.open && !say.anew {
		say.within, say.attributes = true, d.last.attributes
	}
	answer, err := d.stage.send(ctx, d.stage.request(say))
	if err != nil {
		return err
	}
	d.last = answer
	d.play(answer.directives)
	printReply(d.out, answer)
	return nil
}

// state is what the device tells of what it plays.
func (d *dialogue) state() *player {
	if d.player == nil {
		return nil
	}
	now := *d.player
	if !d.playing.IsZero() {
		now.Offset += d.stage.now().Sub(d.playing).Milliseconds()
	}
	return &now
}

// play does what the device is told.
func (d *dialogue) play(directives []directive) {
	for _, told := range directives {
		switch stream := told.AudioItem.Stream; told.Type {
		case "AudioPlayer.Play":
			d.player, d.playing = &player{stream.Token, stream.OffsetInMilliseconds, "PLAYING"}, d.stage.now()
		case "AudioPlayer.Stop":
			if d.player = d.state(); d.player != nil {
				d.player.Activity = "STOPPED"
			}
			d.playing = time.Time{}
		}
	}
}
