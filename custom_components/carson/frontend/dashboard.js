// A dashboard that builds itself: it arranges Home Assistant's own cards for doors and cameras.
//
// Home Assistant calls generate() again when entities, devices or areas change. Which doors and cameras there are, in which
// order, and all texts come from the websocket command carson/dashboard, which knows what the user may see.

// More doors than this are shown as a list, unless the configuration says otherwise.
const COMPACT_FROM = 9;

const FULL_WIDTH = { columns: 12, rows: "auto" };
const HALF_WIDTH = { columns: 6, rows: "auto" };

const asList = (value) => (value === undefined || value === null ? null : [].concat(value));

const markdown = (content) => ({ type: "markdown", content, text_only: true, grid_options: FULL_WIDTH });

const camera = (entity, config, gridOptions, isFavorite = false) => ({
  type: "picture-entity",
  entity,
  camera_view: config.view === "live" || (config.view === "favorite_live" && isFavorite) ? "live" : "auto",
  show_state: false,
  grid_options: gridOptions,
});

const door = (entity, isInline) => ({
  type: "tile",
  entity,
  features: [{ type: "lock-open-door" }],
  features_position: isInline ? "inline" : "bottom",
  grid_options: FULL_WIDTH,
});

const reservations = (building) => ({
  type: "tile",
  entity: building.calendar,
  state_content: ["message", "start_time"],
  grid_options: FULL_WIDTH,
  ...(building.upcoming && {
    visibility: [{ condition: "numeric_state", entity: building.upcoming, above: 0 }],
  }),
});

// One line, and nothing if everything is available.
const unavailable = (entities, texts) => ({
  ...markdown(
    `{% set names = ${JSON.stringify(entities)} | select("is_state", "unavailable") ` +
      `| map("state_attr", "friendly_name") | reject("none") | list %}` +
      `{% if names %}${texts.unavailable}: {{ names | join(", ") }}{% endif %}`
  ),
  show_empty: false,
});

// The buildings, doors and cameras that the configuration asks for, and what it asks for in vain.
const choose = (data, config) => {
  const unknown = [];
  const pick = (items, wanted, names) => {
    if (wanted === null) {
      return items;
    }
    return items.filter((item) => names(item).some((name) => wanted.includes(name)));
  };
  const wanted = {
    buildings: asList(config.buildings),
    doors: asList(config.doors),
    cameras: asList(config.cameras),
  };
  const buildings = pick(data.buildings, wanted.buildings, (building) => [building.id, building.name]).map((building) => ({
    ...building,
    doors: pick(building.doors, wanted.doors, (one) => [one.entity_id]),
    cameras: pick(building.cameras, wanted.cameras, (entity) => [entity]),
  }));
  const known = {
    buildings: data.buildings.flatMap((building) => [building.id, building.name]),
    doors: data.buildings.flatMap((building) => building.doors.map((one) => one.entity_id)),
    cameras: data.buildings.flatMap((building) => building.cameras),
  };
  for (const [kind, names] of Object.entries(wanted)) {
    unknown.push(...(names || []).filter((name) => !known[kind].includes(name)));
  }
  return { buildings, unknown };
};

const heading = (text, icon) => ({ type: "heading", heading: text, icon });

// The sections of a building: the favorite door and all doors without a picture; the other doors; the other cameras.
const sections = (building, config, data) => {
  const isCompact = config.compact ?? building.doors.length >= COMPACT_FROM;
  const shown = new Set();
  const main = [heading(building.name, "mdi:office-building")];
  const pictured = [];
  building.doors.forEach((one, index) => {
    // In a list, only the favorite door has its picture.
    const hasPicture = building.cameras.includes(one.camera) && !shown.has(one.camera) && (!isCompact || index === 0);
    const cards = index > 0 && hasPicture ? pictured : main;
    if (hasPicture) {
      shown.add(one.camera);
      cards.push(camera(one.camera, config, FULL_WIDTH, index === 0));
    }
    cards.push(door(one.entity_id, isCompact && index > 0));
  });
  if (building.calendar) {
    main.push(reservations(building));
  }
  main.push(unavailable([...building.doors.map((one) => one.entity_id), ...building.cameras], data.texts));
  const title = (text) => (data.buildings.length > 1 ? `${text} (${building.name})` : text);
  const others = building.cameras.filter((entity) => !shown.has(entity));
  return [
    { type: "grid", cards: main },
    pictured.length && { type: "grid", cards: [heading(title(data.texts.more_doors), "mdi:door"), ...pictured] },
    others.length && {
      type: "grid",
      cards: [
        heading(title(data.texts.cameras), "mdi:cctv"),
        ...others.map((entity) => camera(entity, config, isCompact ? HALF_WIDTH : FULL_WIDTH)),
      ],
    },
  ].filter(Boolean);
};

export const arrange = (data, config) => {
  const { buildings, unknown } = choose(data, config);
  const all = buildings
    .filter((building) => building.doors.length || building.cameras.length)
    .flatMap((building) => sections(building, config, data));
  if (!all.length) {
    all.push({ type: "grid", cards: [markdown(data.texts.empty)] });
  }
  if (unknown.length) {
    const names = unknown.map((name) => `\`${String(name).replaceAll("`", "")}\``).join(", ");
    all.push({ type: "grid", cards: [markdown(`${data.texts.unknown}: ${names}`)] });
  }
  return { type: "sections", max_columns: 4, sections: all };
};

// After an update, a page that was not reloaded may load the new script as well.
if (typeof HTMLElement !== "undefined" && !customElements.get("ll-strategy-view-carson")) {
  class CarsonViewStrategy extends HTMLElement {
    static async generate(config, hass) {
      const data = await hass.callWS({ type: "carson/dashboard", language: hass.language });
      return { ...arrange(data, config), title: config.title ?? "Carson", icon: "mdi:door" };
    }
  }

  class CarsonDashboardStrategy extends HTMLElement {
    static async generate(config) {
      return { views: [{ strategy: { ...config, type: "custom:carson" } }] };
    }
  }

  customElements.define("ll-strategy-view-carson", CarsonViewStrategy);
  customElements.define("ll-strategy-dashboard-carson", CarsonDashboardStrategy);

  const choices = ["dashboard", "view"].map((strategyType) => ({
    type: "carson",
    strategyType,
    name: "Carson",
    description: "",
    documentationURL: "https://github.com/carson-home-assistant/carson/blob/main/docs/dashboard.md",
  }));
  window.customStrategies = window.customStrategies || [];
  window.customStrategies.push(...choices);
  window.hassConnection
    ?.then(async ({ conn }) => {
      const { value } = await conn.sendMessagePromise({ type: "frontend/get_user_data", key: "language" });
      const language = value?.language ?? document.querySelector("home-assistant")?.hass?.language ?? "en";
      const { texts } = await conn.sendMessagePromise({ type: "carson/dashboard", language });
      choices.forEach((choice) => (choice.description = texts.description));
    })
    // Nobody is signed in yet, or the connection was lost: the descriptions stay empty.
    .catch(() => undefined);

  // The panel in the sidebar. The page loads this script for it, and can now show the dashboard.
  class CarsonPanel extends HTMLElement {
    set panel(panel) {
      this._path = panel.config.dashboard;
      this._go();
    }

    connectedCallback() {
      this._go();
    }

    _go() {
      if (this._path && this.isConnected) {
        history.replaceState(null, "", this._path);
        window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: true } }));
      }
    }
  }

  customElements.define("carson-panel", CarsonPanel);
}
