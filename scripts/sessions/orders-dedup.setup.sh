# Run inside the sandbox before the recording: an export in which some orders stand more than once.
mkdir -p /root/orders && cd /root/orders || exit
python3 - <<'PY'
import csv, random
random.seed(11)
rows = []
for n in range(4000):
    order = f"A{10000 + n}"
    day, clock = 1 + n // 200, (n % 200) * 4
    rows.append([order, f"c{random.randrange(700)}", f"{random.randrange(300, 90000) / 100:.2f}", "new",
                 f"2026-10-{day:02d}T{8 + clock // 60:02d}:{clock % 60:02d}:00"])
    for state in ("paid", "shipped")[: random.choice((0, 1, 2, 2))]:
        later = [*rows[-1]]
        later[3] = state
        later[4] = f"2026-10-{min(day + (1 if state == 'paid' else 4), 31):02d}T{random.randrange(9, 18):02d}:{random.randrange(60):02d}:00"
        if state == "paid" and n % 9 == 0:
            later[2] = f"{float(later[2]) * 0.9:.2f}"
        rows.append(later)
rows[777][2] = rows[777][2].replace(".", ",")
rows.sort(key=lambda r: r[4])
with open("orders.csv", "w", newline="") as file:
    out = csv.writer(file, delimiter=";")
    out.writerow(["order_no", "customer", "amount", "state", "updated_at"])
    out.writerows(rows)
PY
