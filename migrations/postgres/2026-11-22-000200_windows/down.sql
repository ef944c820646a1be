DROP TABLE component_calendar;
DROP TABLE component_window;
DROP TABLE window_calendar;
DROP TABLE rule;
DROP TABLE sla_window;
DROP TABLE calendar;
