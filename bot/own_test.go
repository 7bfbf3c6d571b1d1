package bot_test

import (
	"testing"

	"github.com/sangkien/sangkien/bot"
	"github.com/sangkien/sangkien/testkit"
)

func TestPace(t *testing.T) {
	t.Parallel()
	testkit.ExercisePace(t, func(_ *testing.T, r bot.Rate) [2]bot.Pace {
		p := bot.NewPace(r)
		return [2]bot.Pace{p, p}
	})
}
