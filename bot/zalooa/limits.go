package zalooa

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	sangkien "github.com/sangkien/sangkien"
)

//go:embed limits.json
var limitsFile []byte

// Limit is one number of Zalo's terms, which change: with where it is from and when it was read.
type Limit struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
	From  string `json:"from"`
	Date  string `json:"date"` // 2006-01-02
}

// Limits is all of them, by name.
type Limits map[string]Limit

// ReadLimits returns the numbers that this version knows, changed by "name=value" with commas or line ends between
// them. It returns EINVALID for a name that there is not and for a value that is no number.
func ReadLimits(changes string) (Limits, error) {
	var list []Limit
	if err := json.Unmarshal(limitsFile, &list); err != nil {
		return nil, fmt.Errorf("read limits.json: %w", err)
	}
	all := Limits{}
	for _, l := range list {
		all[l.Name] = l
	}
	for _, change := range strings.FieldsFunc(changes, func(r rune) bool { return r == ',' || r == '\n' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(change), "=")
		if name == "" {
			continue
		}
		l, ok := all[strings.TrimSpace(name)]
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if !ok || err != nil || n < 0 {
			return nil, sangkien.Errorf(sangkien.EINVALID, "%q is no limit of Zalo: write one like promotions_per_month=4", change)
		}
		l.Value, l.From = n, "the configuration"
		all[l.Name] = l
	}
	return all, nil
}

func (l Limits) hours(name string) time.Duration { return time.Duration(l[name].Value) * time.Hour }

// Window is for how long after it happened an event is taken in.
func (l Limits) Window() time.Duration {
	return time.Duration(l["webhook_window_minutes"].Value) * time.Minute
}

// Rate is how many messages a second are sent at most.
func (l Limits) Rate() float64 { return float64(l["rate_per_second"].Value) }

// Windows says when Zalo lets us write.
func (l Limits) Windows() sangkien.Windows {
	return sangkien.Windows{
		Interaction: l.hours("interaction_hours"), FreeFor: l.hours("free_reply_hours"), FreeReplies: l["free_replies"].Value,
		Paid: l["paid_replies"].Value > 0, Transaction: l["transactions"].Value > 0,
		PromotionsPerDay: l["promotions_per_day"].Value, PromotionsPerMonth: l["promotions_per_month"].Value,
		NightFrom: l["night_from_hour"].Value, NightUntil: l["night_until_hour"].Value,
		TemplateFrom: l["zns_from_hour"].Value, TemplateUntil: l["zns_until_hour"].Value,
	}
}
